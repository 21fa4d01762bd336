import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CONTRACT } from "./claim-files.ts";
import { connectionEnv } from "./connection-env.ts";
import type { Command } from "./measure.ts";

/** Columns by table, in the order in which the program below writes them. */
const COLUMNS: Readonly<Record<string, string>> = {
  "ab2d_etl.eob":
    "eob_id, api_version, ranked_at, exported_at, stamped_at, line_sha256, output_file_id, line_number, mbis, mbi_currencies, resource",
  "ab2d.claim_version":
    "eob_id, source_system, api_version, claim_id, claim_group_id, claim_family_key, status, is_final, is_current, version_number, last_updated, beneficiary_id, patient_id, claim_type, claim_type_code, service_from, service_to, line_count, diagnosis_count, procedure_count, is_part2_restricted, content_sha256, first_seen_at",
  "ab2d.claim_line":
    "eob_id, line_number, beneficiary_id, claim_type, service_from, service_to, service_date_source, hcpcs_code, quantity, place_of_service_code, diagnosis_sequences, care_team_sequences",
  "ab2d.claim_diagnosis":
    "eob_id, diagnosis_number, beneficiary_id, claim_type, service_from, service_to, code, code_raw, code_system, description, is_principal, is_admitting, is_external_cause, is_reason_for_visit, diagnosis_types",
  "ab2d.claim_procedure":
    "eob_id, procedure_number, beneficiary_id, claim_type, procedure_date, code, code_raw, code_system, description",
  "ab2d.claim_provider":
    "eob_id, provider_number, beneficiary_id, claim_type, service_from, service_to, role, role_raw, care_team_sequence, npi, id_raw, id_type, provider_name",
  "ab2d.claim_contract": "eob_id, contract_number, first_run_id",
};

/**
 * The shell's way: one pass of jq writes all rows, each behind its table's name, awk parts them, psql copies them.
 *
 * It leaves out what the script in SQL does (see flatten-in-sql.ts) and more: half of the columns, hashes, and what is held
 * already: a second load would fail on the first key. jq 1.6 writes the document anew, with numbers as doubles.
 */
export async function jqIntoPsql(
  folder: string,
  { files, url }: { readonly files: readonly string[]; readonly url: string },
): Promise<Command> {
  const rows = join(folder, "jq");
  await mkdir(rows, { recursive: true });
  await writeFile(join(rows, "rows.jq"), PROGRAM);
  const copies = Object.entries(COLUMNS).map(
    ([table, columns]) => `\\copy ${table} (${columns}) from '${join(rows, table)}' with (null '')`,
  );
  await writeFile(join(rows, "copy.sql"), `${copies.join("\n")}\n`);
  // A table without rows has its file too.
  const script = `set -e
cd "$1"; shift
: ${Object.keys(COLUMNS)
    .map((table) => `>${table}`)
    .join(" ")}
rm -f failed
{ jq -r -f rows.jq "$@" || : >failed; } | awk '{ at = index($0, "\\t"); print substr($0, at + 1) > substr($0, 1, at - 1) }'
[ ! -e failed ]
psql -X -q -1 -v ON_ERROR_STOP=1 -f copy.sql
rm -f ${Object.keys(COLUMNS).join(" ")}`;
  return { program: "/bin/sh", args: ["-c", script, "sh", rows, ...files], env: connectionEnv(url) };
}

const PROGRAM = `
def under($system): first((.coding // [])[] | select(.system == $system).code) // null;
def identified($system): first(.identifier[] | select(.system == $system).value) // null;
def list: "{" + (map(tostring) | join(",")) + "}";
. as $eob
| "https://bluebutton.cms.gov/resources/variables/" as $variables
| (.patient.reference | ltrimstr("Patient/")) as $patient
| "ccw:\\($patient)" as $beneficiary
| (.id | split("-")[0]) as $type
| .billablePeriod as $period
| (.status == "active") as $active
| (
    ["ab2d_etl.eob", .id, "v2", .meta.lastUpdated, "-infinity", "-infinity", "\\\\x", 1, 1, "{}", "{}", tojson],
    [
      "ab2d.claim_version", .id, "ccw", "v2", identified($variables + "clm_id"),
      identified("https://bluebutton.cms.gov/resources/identifier/claim-group"),
      "group:" + identified("https://bluebutton.cms.gov/resources/identifier/claim-group"),
      .status, $active, $active, 1, .meta.lastUpdated, $beneficiary, $patient, $type,
      (.type | under($variables + "nch_clm_type_cd")), $period.start, $period.end,
      (.item | length), (.diagnosis | length), (.procedure | length), false, "\\\\x", "now"
    ],
    ["ab2d.claim_contract", .id, "${CONTRACT}", 1],
    (
      select($active)
      | (
          (.item // [])[]
          | [
              "ab2d.claim_line", $eob.id, .sequence, $beneficiary, $type,
              (.servicedPeriod.start // .servicedDate // $period.start), (.servicedPeriod.end // .servicedDate // $period.end),
              (if .servicedPeriod or .servicedDate then "line" else "claim" end),
              (.productOrService | under("https://bluebutton.cms.gov/resources/codesystem/hcpcs")),
              .quantity.value,
              (.locationCodeableConcept | under($variables + "line_place_of_srvc_cd")),
              (.diagnosisSequence // [] | list), (.careTeamSequence // [] | list)
            ]
        ),
        (
          (.diagnosis // [])[]
          | .diagnosisCodeableConcept.coding[0] as $coding
          | [(.type // [])[].coding[].code] as $types
          | [
              "ab2d.claim_diagnosis", $eob.id, .sequence, $beneficiary, $type, $period.start, $period.end,
              ($coding.code | gsub("\\\\."; "")), $coding.code, "ICD-10-CM", $coding.display,
              ($types | index("principal") != null), ($types | index("admitting") != null),
              ($types | index("externalcauseofinjury") != null), ($types | index("patientreasonforvisit") != null),
              ($types | list)
            ]
        ),
        (
          (.procedure // [])[]
          | .procedureCodeableConcept.coding[0] as $coding
          | ["ab2d.claim_procedure", $eob.id, .sequence, $beneficiary, $type, .date[0:10], $coding.code, $coding.code, "ICD-10-PCS", $coding.display]
        ),
        (
          [(.careTeam // [])[] | select(.provider.identifier.value)]
          | to_entries[]
          | .value.provider.identifier.value as $id
          | [
              "ab2d.claim_provider", $eob.id, .key + 1, $beneficiary, $type, $period.start, $period.end,
              .value.role.coding[0].code, .value.role.coding[0].code, .value.sequence,
              (if $id | test("^[0-9]{10}$") then $id else null end), $id,
              (.value.provider.identifier.type.coding[0].code | ascii_downcase), .value.provider.display
            ]
        )
    )
  )
| map(if . == null then "" else . end)
| @tsv
`;
