/** Part of every hostile address that can hold it, so that an echo of any of them is found. */
export const MARK = "h0st1le";
/** Where the path of the wanted resource goes: `/api/v2/fhir/Job/…`. An address without it ends in nothing that a client could use. */
const TAIL = "{tail}";

export interface Targets {
  /** `host:port` of traps: on 127.0.0.2, 127.0.0.3, [::1] and 127.0.0.1, each of its own port. */
  readonly second: string;
  readonly third: string;
  readonly ipv6: string;
  readonly neighbour: string;
  /** `host:port` of the configured API, to be abused as user, prefix or suffix. */
  readonly api: string;
}

/**
 * Addresses that lead, or may be misread to lead, elsewhere than to the configured origin: schemes × authorities, separators ×
 * authorities, tricks of the path, and others made by hand. Where a resolver allows it, what they name is a trap.
 */
export function hostileAddresses(targets: Targets): string[] {
  const authorities = hostileAuthorities(targets);
  const schemes = ["http:", "https:", "HtTpS:", ""];
  const separators = ["/", "///", "////", "\\\\", "/\\", "\\/", ":", ":////", "//\t", "//\n", "/\r\n/"];
  // biome-ignore format: a list reads better packed
  const oddSchemes = [
    "ftp:", "file:", "ws:", "wss:", "gopher:", "ldap:", "jar:http:", "view-source:http:", "blob:http:", "feed:",
    "http+unix:", "\u0000http:", " http:", "\thttp:", "ht\ntp:", "https\u200b:", "ｈｔｔｐ:", "http;", "http",
  ];
  const { second, third } = targets;
  return [
    ...new Set([
      ...schemes.flatMap((scheme) => authorities.map((authority) => `${scheme}//${authority}${TAIL}`)),
      ...separators.flatMap((separator) =>
        [second, `${MARK}@${third}`].map((authority) => `http:${separator}${authority}${TAIL}`),
      ),
      ...oddSchemes.map((scheme) => `${scheme}//${second}/${MARK}${TAIL}`),
      ...pathTricks(targets),
      ...withoutTail(targets),
    ]),
  ];
}

/** The address for one resource. */
export function addressOf(hostile: string, tail: string): string {
  return hostile.replaceAll(TAIL, () => tail); // A function: `$s` of a tail must not be read as a pattern.
}

function hostileAuthorities({ second, third, ipv6, neighbour, api }: Targets): string[] {
  const port = second.split(":")[1]!;
  const neighbourPort = neighbour.split(":")[1]!;
  // biome-ignore format: a list reads better packed
  return [
    // Plain: other machines, other ports, with and without a user.
    second, third, ipv6, neighbour, `${MARK}.example.org`, `${MARK}.example.org:8443`, `${second}/${MARK}`,
    `user@${second}`, `user:${MARK}@${second}`, `${api}@${second}`, `${api}:80@${third}`, `api.ab2d.cms.gov@${second}`,
    `api.ab2d.cms.gov:443@${third}`, `api.ab2d.cms.gov%40${second}`, `api.ab2d.cms.gov@${ipv6}`, `@${second}`, `:@${second}`,
    `user:p@ss@${second}`, `%75ser@${third}`,
    // What one reader takes for the host and another for the user, the path or the fragment.
    `${second}#@${api}/`, `${second}?@${api}/`, `${second}\\@${api}/`, `${api}\\@${second}/`, `${api}#@${second}/`,
    `${api}&@${second}#@${api}/`, `${second};${api}/`, `${second},${api}/`, `${second} ${api}/`, `${api}\t@${second}`,
    `${api}\n@${second}`, `${api}%23@${second}`, `${api}%2f@${second}`, `${api}%5c@${second}`, `${api}%00@${second}`,
    `${api}\u0000.${second}`, `${api}.${MARK}.example.org`, `${api.replace(":", ".")}.${MARK}.example.org`,
    // IPv4 and IPv6 in other notations; 2130706434 is 127.0.0.2.
    `2130706434:${port}`, `0x7f000002:${port}`, `017700000002:${port}`, `0177.0.0.2:${port}`, `0x7f.0.0.0x2:${port}`,
    `127.2:${port}`, `127.0.2:${port}`, `127.0.0.2.:${port}`, `[::ffff:127.0.0.2]:${port}`, `[::ffff:7f00:2]:${port}`,
    `[0:0:0:0:0:0:0:1]:${ipv6.split("]:")[1]}`, `[::1%25lo]:${ipv6.split("]:")[1]}`, `[${second}]`, `127。0。0。2:${port}`,
    `１２７.0.0.2:${port}`, `①②⑦.⓪.⓪.②:${port}`, `0:${port}`, `0.0.0.0:${neighbourPort}`, "169.254.169.254", "[fd00:ec2::254]",
    // Names.
    `localhost:${neighbourPort}`, `LOCALHOST.:${neighbourPort}`, `localtest.me:${neighbourPort}`, `${MARK}.localhost:${neighbourPort}`,
    "api.аb2d.cms.gov", "api.ab2d.cms.gοv", "xn--api-8cd.ab2d.cms.gov", `xn--${MARK}-.example.org`, "api.ab2d.cms.gov.",
    `api.ab2d.cms.gov.${MARK}.example.org`, "api-ab2d.cms.gov", "api.ab2d.cms.gov\u00ad.example.org", "ａpi.ab2d.cms.gov",
    "api.ab2d.cms.gov\u3002example.org", "idm.cms.gov", "metadata.google.internal",
    // Ports.
    `127.0.0.2:`, `127.0.0.2:0`, `127.0.0.2:-1`, `127.0.0.2:99999`, `127.0.0.2:${port}${port}`, `127.0.0.2:0${port}`, `127.0.0.2:%38%30`,
    `127.0.0.2: ${port}`, `127.0.0.2:${port}:${port}`,
    // White space and controls around the host.
    ` ${second}`, `\t${second}`, `${second}\t`, `\r\n${second}`, `${second}\r\nX-${MARK}: 1\r\n`, `\u000b${second}`, `\u0085${second}`,
    `\u2028${second}`, `\ufeff${second}`, `${second}\u0000`,
    "", ".", "..", "*", "%", "%zz", `[`, `[::`, `${"a".repeat(300)}.${MARK}.example.org`,
  ];
}

function pathTricks({ second, third, api }: Targets): string[] {
  const base = `http://${second}/${MARK}`;
  // biome-ignore format: a list reads better packed
  return [
    `${base}/../..${TAIL}`, `${base}/%2e%2e/%2e%2e${TAIL}`, `${base}%2f..%2f..${TAIL}`, `${base}/..%5c..${TAIL}`, `${base}\\..\\..${TAIL}`,
    `${base}/..;/..;${TAIL}`, `${base}/.%00./${TAIL}`, `${base}%00${TAIL}`, `${base}\u0000${TAIL}`, `${base}//${TAIL}`, `${base}/;x=y${TAIL}`,
    `${base}${TAIL};x=${MARK}`, `${base}${TAIL}?x=${MARK}`, `${base}${TAIL}#${MARK}`, `${base}${TAIL}/`, `${base}${TAIL}/..`, `${base}${TAIL}/../../x`,
    `${base}${TAIL}%00`, `${base}${TAIL}%0d%0aX-${MARK}:%201`, `${base}${TAIL}\r\nX-${MARK}: 1`, `${base}${TAIL}\r\nLocation: http://${third}/${MARK}`,
    `${base}${TAIL}\r\nContent-Location: http://${third}/${MARK}${TAIL}`, `${base}${TAIL}\r\n\r\n<html>${MARK}`, `${base}${TAIL}\n`, `${base}${TAIL}\t`,
    `${base}${TAIL} `, ` ${base}${TAIL}`, `${base}${TAIL}\u0000`, `${base}${TAIL}${TAIL}`, `${base}${TAIL}@${third}`, `http://${api}@${second}${TAIL}`,
    `${base}?next=${TAIL}`, `${base}#${TAIL}`, `${base}?u=http://${third}${TAIL}`, `${base}?a=b&c=d/..${TAIL}`, `http://${api}/redirect?to=http://${second}${TAIL}`,
    `http://${api}//${second}${TAIL}`, `http://${api}/${second}${TAIL}`, `http://${api}/http://${second}${TAIL}`, `http://${api}/\\${second}${TAIL}`,
    `http://${api}.${MARK}.example.org${TAIL}`, `http://${api}/%2e%2e/%2e%2e/%2e%2e${TAIL}`, `/${MARK}${TAIL}`, `../../${MARK}${TAIL}`, `\\\\${second}\\${MARK}${TAIL}`,
    `${MARK}${TAIL}`, `?${MARK}${TAIL}`, `#${MARK}${TAIL}`, `//${second}/${MARK}${TAIL}`, `${base}/${"a/".repeat(400)}${TAIL}`, `${base}/${"..%2f".repeat(150)}${TAIL}`,
    `${base}/${"a".repeat(5_000)}${TAIL}`, `${base}/é/日本/🚑${TAIL}`, `${base}/\u202e${TAIL}`, `${base}/<script>${TAIL}`, `${base}/\${jndi:ldap://${second}/x}${TAIL}`,
    `${base}/\`id\`${TAIL}`, `${base}/$(id)${TAIL}`, `${base}/' or 1=1 --${TAIL}`, `${base}/%s%n%x${TAIL}`, `${base}/{{7*7}}${TAIL}`,
    `${base}${TAIL}, http://${third}/${MARK}${TAIL}`, `${base}${TAIL},http://${third}/other/Job/33333333-1111-4222-8333-444444444444/$status`,
    `http://${second}/a,http://${third}/${MARK}${TAIL}`, `${base}${TAIL},,,,`, `,${base}${TAIL}`, `<${base}${TAIL}>`, `"${base}${TAIL}"`, `url=${base}${TAIL}`,
  ];
}

function withoutTail({ second, third, ipv6 }: Targets): string[] {
  // biome-ignore format: a list reads better packed
  return [
    `http://${second}/${MARK}`, `https://${third}/${MARK}`, `http://${ipv6}/${MARK}`, `http://${second}/api/v2/fhir/Job/../../${MARK}`,
    `http://${second}/api/v2/fhir/Job/%2e%2e/$status?${MARK}`, `http://${second}/${MARK}/Job/F900700B-A669-462C-9694-99ADC4F88844/$status`,
    `http://${second}/${MARK}/Job/../file/Z0001_0001.ndjson`, `http://${second}/${MARK}/Job//file/..`, `http://${second}/${MARK}/Job/0/$status`,
    `file:///etc/passwd?${MARK}`, `file://${second}/${MARK}`, "file:///dev/stdin", `data:text/plain,${MARK}`, `data:application/json;base64,e30=${MARK}`,
    `javascript:fetch("http://${second}/${MARK}")`, `mailto:${MARK}@example.org`, "about:blank", `urn:uuid:${MARK}`, `tel:+1-${MARK}`, "//", "/", "\\", "..",
    "http://", "http:", ":", "%", "\u0000", "\t", `${MARK}`, `http://${second}/${MARK}${"/a".repeat(4_000)}`, `http://${second}, http://${third}/${MARK}`,
  ];
}
