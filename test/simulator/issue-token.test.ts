import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Setup, sendTo, setup } from "./simulator-client.ts";

let server: Setup;
beforeAll(async () => {
  server = await setup({
    contracts: [{ number: "Z0001", patients: 1, clientSecret: "a:b:c" }],
    tokenSeconds: 90,
  });
});
afterAll(() => server.stop());

const QUERY = "?grant_type=client_credentials&scope=clientCreds";

function ask(query: string, { authorization, body }: { authorization?: string; body?: string } = {}) {
  const basic = authorization ?? `Basic ${server.simulator.credentials("Z0001").base64}`;
  return sendTo(`${server.simulator.tokenUrl}${query}`, {
    method: "POST",
    headers: { authorization: basic, "content-type": "application/x-www-form-urlencoded" },
    ...(body ? { body } : {}),
  });
}

describe("issueToken()", () => {
  it.each([
    ["in the query", QUERY, undefined],
    ["in a form body", "", QUERY.slice(1)],
  ])("issueToken() takes its parameters %s", async (_where, query, body) => {
    const answer = await ask(query, body ? { body } : {});
    expect(answer.status).toBe(200);
    const token = JSON.parse(answer.body.toString()) as Record<string, unknown>;
    expect(token).toMatchObject({ token_type: "Bearer", expires_in: 90, scope: "clientCreds" });
    const used = await server.send("/api/v2/fhir/Job/x/$status", {
      headers: { authorization: `Bearer ${String(token.access_token)}` },
    });
    expect(used.status).toBe(404);
  });

  it("issueToken() refuses a wrong secret with 401 invalid_client", async () => {
    for (const authorization of [
      `Basic ${Buffer.from("some:one").toString("base64")}`,
      "Basic",
      "Bearer x",
    ]) {
      const answer = await ask(QUERY, { authorization });
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.body.toString())).toMatchObject({ error: "invalid_client" });
    }
  });

  it("issueToken() refuses another grant, another scope and another method", async () => {
    expect((await ask("?grant_type=password&scope=clientCreds")).status).toBe(400);
    expect((await ask("?grant_type=client_credentials")).status).toBe(400);
    expect((await sendTo(`${server.simulator.tokenUrl}${QUERY}`)).status).toBe(405);
  });
});

describe("authorize()", () => {
  it.each([
    ["no header", undefined, 401],
    ["another scheme", "Basic eDp5", 401],
    ["a lower-case scheme", "bearer abc", 401],
    ["no token", "Bearer ", 401],
    ["an unknown token", "Bearer abc", 403],
  ])("authorize() answers %s with an empty refusal", async (_what, authorization, status) => {
    const url = `${server.simulator.apiUrl}/api/v1/fhir/Patient/$export`;
    const answer = await sendTo(url, { headers: authorization ? { authorization } : {} });
    expect(answer.status).toBe(status);
    expect(answer.body).toHaveLength(0);
  });

  it("authorize() answers an expired token with an empty 403", async () => {
    const authorization = `Bearer ${await server.token()}`;
    const ask = () => server.send("/api/v1/fhir/Job/x/$status", { headers: { authorization } });
    server.clock.advance(89_000);
    expect((await ask()).status).toBe(404);
    server.clock.advance(1000);
    const refused = await ask();
    expect(refused.status).toBe(403);
    expect(refused.body).toHaveLength(0);
  });

  it("authorize() comes before the question whether a path exists", async () => {
    expect((await sendTo(`${server.simulator.apiUrl}/no/such/path`)).status).toBe(401);
    expect(
      (await server.send("/no/such/path", { headers: { authorization: `Bearer ${await server.token()}` } }))
        .status,
    ).toBe(404);
  });
});

describe("routeRequest()", () => {
  it("routeRequest() answers health, status and metadata without a token", async () => {
    const { apiUrl } = server.simulator;
    const health = await sendTo(`${apiUrl}/health`);
    expect([health.status, health.body.length]).toEqual([200, 0]);
    expect((await sendTo(`${apiUrl}/status`)).body.toString()).toBe('{"maintenanceMode":"false"}');
    for (const [version, fhirVersion] of [
      ["v1", "3.0.1"],
      ["v2", "4.0.0"],
      ["v3", "4.0.0"],
    ]) {
      const metadata = await sendTo(`${apiUrl}/api/${version}/fhir/metadata`);
      const statement = JSON.parse(metadata.body.toString()) as Record<string, unknown>;
      expect(statement).toMatchObject({
        resourceType: "CapabilityStatement",
        status: "draft",
        kind: "requirements",
        fhirVersion,
      });
    }
  });

  it("routeRequest() lets days pass only where its owner has said so", async () => {
    const path = "/simulator/advance?days=14";
    expect((await sendTo(`${server.simulator.apiUrl}${path}`, { method: "POST" })).status).toBe(401);
    const passed: number[] = [];
    const willing = await setup({
      contracts: [{ number: "Z0001", patients: 1 }],
      onAdvance: (days) => passed.push(days),
    });
    expect((await sendTo(`${willing.simulator.apiUrl}${path}`, { method: "POST" })).status).toBe(204);
    expect((await sendTo(`${willing.simulator.apiUrl}${path}`)).status).toBe(405);
    expect((await sendTo(`${willing.simulator.apiUrl}/simulator/advance`, { method: "POST" })).status).toBe(
      400,
    );
    expect(passed).toEqual([14]);
    await willing.stop();
  });
});
