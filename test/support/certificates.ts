import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Whether this machine can make certificates. */
export const HAS_OPENSSL = spawnSync("openssl", ["version"]).status === 0;

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

export interface CertificateAuthority {
  /** PEM, for NODE_EXTRA_CA_CERTS. */
  readonly file: string;
  /** A certificate for `DNS:host` or `IP:address`, signed by this authority, or by its own key. */
  issue(
    name: string,
    options?: { readonly isExpired?: boolean; readonly isSelfSigned?: boolean },
  ): Certificate;
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Makes a certificate authority whose files lie in `folder`. */
export function certificateAuthority(folder: string): CertificateAuthority {
  const [file, caKey] = [join(folder, "ca.pem"), join(folder, "ca.key")];
  const isAuthority = ["-addext", "basicConstraints=critical,CA:TRUE"];
  openssl(
    "req",
    "-x509",
    ...NEW_KEY,
    "-days",
    "2",
    "-subj",
    "/CN=Test CA",
    ...isAuthority,
    "-keyout",
    caKey,
    "-out",
    file,
  );
  let issued = 0;
  return {
    file,
    issue(name, { isExpired = false, isSelfSigned = false } = {}) {
      issued += 1;
      const [key, request, extensions, cert] = ["key", "csr", "ext", "pem"].map((kind) =>
        join(folder, `${issued}.${kind}`),
      ) as [string, string, string, string];
      openssl("req", ...NEW_KEY, "-subj", "/CN=test", "-keyout", key, "-out", request);
      writeFileSync(extensions, `subjectAltName=${name}\n`);
      const signer = isSelfSigned ? ["-signkey", key] : ["-CA", file, "-CAkey", caKey, "-CAcreateserial"];
      openssl(
        "x509",
        "-req",
        "-in",
        request,
        ...signer,
        "-days",
        isExpired ? "-1" : "2",
        "-extfile",
        extensions,
        "-out",
        cert,
      );
      return { key: readFileSync(key), cert: readFileSync(cert) };
    },
  };
}

function openssl(...args: readonly string[]): void {
  const { status, stderr } = spawnSync("openssl", args);
  if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
}
