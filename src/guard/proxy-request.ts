// The head of a request to a proxy: read strictly, written anew. Pure.

export interface ProxyRequest {
  method: string;
  /** As it goes on to the next proxy. */
  target: string;
  host: string;
  port: number;
  /** Bytes of the body that belong to it; Infinity for a tunnel. */
  body: number;
  headers: readonly (readonly [name: string, value: string])[];
}

/** Hop-by-hop headers, and those by which the guest could speak for itself to the next proxy. */
const DROPPED = [
  "proxy-authorization",
  "proxy-connection",
  "connection",
  "keep-alive",
  "te",
  "upgrade",
  "expect",
];

const ECHOED = ["TRACE", "TRACK"];

/**
 * Reads a head without its empty line; undefined for anything that is not exactly a CONNECT or a request with an
 * absolute http address and a plain body. Two readings of one head would be a way around the check of its host.
 * A request that is answered with its own head is none either: our credentials would stand in the answer.
 */
export function parseProxyRequest(head: string): ProxyRequest | undefined {
  const [first = "", ...rest] = head.split("\r\n");
  const [, method = "", target = ""] =
    /^([A-Z]{1,20}) ([\x21-\x7e]{1,8000}) HTTP\/1\.[01]$/.exec(first) ?? [];
  const place = method === "CONNECT" ? authority(target, undefined) : absolute(target);
  const headers = rest.map((line) =>
    /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(line),
  );
  if (place === undefined || ECHOED.includes(method) || headers.some((header) => header === null))
    return undefined;
  const pairs = headers.map((header) => [header?.[1] ?? "", header?.[2] ?? ""] as const);
  const lengths = pairs.filter(([name]) => name.toLowerCase() === "content-length").map(([, value]) => value);
  const chunked = pairs.some(([name]) => name.toLowerCase() === "transfer-encoding");
  if (chunked || lengths.length > 1 || lengths.some((value) => !/^\d{1,12}$/.test(value))) return undefined;
  const body = method === "CONNECT" ? Number.POSITIVE_INFINITY : Number(lengths[0] ?? 0);
  const kept = pairs.filter(([name]) => ![...DROPPED, "host"].includes(name.toLowerCase()));
  return { method, target, ...place, body, headers: kept };
}

/** The head as the next proxy gets it: one request a connection, our credentials and no others. */
export function writeProxyRequest(request: ProxyRequest, authorization: string | undefined): string {
  const { method, target, host, port, headers } = request;
  const name = host.includes(":") ? `[${host}]` : host;
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${method === "CONNECT" || port !== 80 ? `${name}:${port}` : name}`,
    ...headers.map(([key, value]) => `${key}: ${value}`),
    ...(authorization === undefined ? [] : [`Proxy-Authorization: ${authorization}`]),
    ...(method === "CONNECT" ? [] : ["Connection: close"]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function absolute(target: string): { host: string; port: number } | undefined {
  const [, place] = /^http:\/\/([^/?#@\\]+)(?:[/?][^#\\]*)?$/i.exec(target) ?? [];
  return place === undefined ? undefined : authority(place, 80);
}

/** "name:port" or "[address]:port"; names of letters, digits, dots and dashes alone. */
function authority(text: string, usual: number | undefined): { host: string; port: number } | undefined {
  const [, six, name, digits] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9_.-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = (six ?? name ?? "").toLowerCase();
  const port = digits === undefined ? usual : Number(digits);
  return host === "" || port === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}
