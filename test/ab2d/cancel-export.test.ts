import { describe, expect, it } from "vitest";
import { cancelExport } from "../../src/ab2d/cancel-export.ts";
import { CANCEL, JOB_ID, outcomeAnswer, setupSession, thrown } from "./setup.ts";

describe("cancelExport()", () => {
  it("asks AB2D to cancel the job", async () => {
    const { api, session } = await setupSession();
    api.script(CANCEL, { status: 202 });
    await cancelExport(session, JOB_ID);
    expect(api.requestsTo(CANCEL)).toHaveLength(1);
  });

  it.each([
    outcomeAnswer(400, "Job has a status of CANCELLED, so it cannot be cancelled"),
    outcomeAnswer(404, "Job is canceled.", { code: "deleted" }),
  ])("leaves a job that is cancelled already, case %#", async (answer) => {
    const { api, session } = await setupSession();
    api.script(CANCEL, answer);
    await expect(cancelExport(session, JOB_ID)).resolves.toBeUndefined();
  });

  it("finds its own first attempt done after a lost connection", async () => {
    const { api, session } = await setupSession();
    api.script(
      CANCEL,
      { ending: "refuse" },
      outcomeAnswer(400, "Job has a status of CANCELLED, so it cannot be cancelled"),
    );
    await cancelExport(session, JOB_ID);
    expect(api.requests).toHaveLength(2);
  });

  it.each([
    [outcomeAnswer(400, "Job has a status of SUCCESSFUL, so it cannot be cancelled"), "NOT_CANCELLABLE", 64],
    [outcomeAnswer(400, "Job has a status of FAILED, so it cannot be cancelled"), "NOT_CANCELLABLE", 64],
    [outcomeAnswer(404, "No job with jobUuid x was found"), "JOB_UNKNOWN", 75],
    [{ status: 403 }, "ACCESS_REFUSED", 77],
    [{ status: 400 }, "UNEXPECTED_ANSWER", 76],
  ])("says why it cannot, case %#", async (answer, code, exitCode) => {
    const { api, session } = await setupSession();
    api.script(CANCEL, answer);
    expect(await thrown(cancelExport(session, JOB_ID))).toMatchObject({ code, exitCode });
  });
});
