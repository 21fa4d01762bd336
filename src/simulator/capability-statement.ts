import type { ApiVersion } from "../domain/api-version.ts";
import { jsonReply, type Reply } from "./reply.ts";

/** Answers `metadata`, which needs no token. */
export function capabilityStatement(apiVersion: ApiVersion, origin: string): Reply {
  const base = `${origin}/api/${apiVersion}/fhir`;
  const operation = (name: string, path: string) => ({
    name,
    definition: apiVersion === "v1" ? { reference: `${base}/${path}` } : `${base}/${path}`,
  });
  return jsonReply(200, {
    resourceType: "CapabilityStatement",
    status: "draft",
    date: "2020-03-04",
    publisher: "Centers for Medicare & Medicaid Services",
    kind: "requirements",
    instantiates: ["http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"],
    fhirVersion: apiVersion === "v1" ? "3.0.1" : "4.0.0",
    format: ["application/json", "application/fhir+json"],
    rest: [
      {
        mode: "server",
        security: { cors: true, service: [{ coding: [{ code: "OAuth", display: "OAuth" }], text: "OAuth" }] },
        operation: [
          operation("export", "Patient/$export"),
          ...(apiVersion === "v3" ? [] : [operation("export", "Group/{contractNumber}/$export")]),
          operation("status", "Job/{jobUuid}/$status"),
          operation("cancel", "Job/{jobUuid}/$status"),
          operation("download", "Job/{jobUuid}/file/{filename}"),
        ],
      },
    ],
  });
}
