// Headers between the VM and a model's server: both ways only those that are named, and the key put in. Pure.

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const REQUEST = [
  "accept",
  "accept-language",
  "content-encoding",
  "content-length",
  "content-type",
  "idempotency-key",
  "user-agent",
];
/** What a client's library says of itself. */
const REQUEST_PREFIXES = ["x-stainless-"];

const RESPONSE = [
  "cache-control",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "request-id",
  "retry-after",
  "retry-after-ms",
  "x-request-id",
  "x-should-retry",
];
const RESPONSE_PREFIXES = ["anthropic-", "openai-", "x-ratelimit-", "x-codex-"];

const pick = (headers: Headers, names: readonly string[], prefixes: readonly string[]) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const lower = name.toLowerCase();
      const known = names.includes(lower) || prefixes.some((prefix) => lower.startsWith(prefix));
      return known && value !== undefined
        ? [[lower, typeof value === "string" ? value : value.join(", ")]]
        : [];
    }),
  );

/** The request's headers for the server: the allowed ones, and the real credential in its place. */
export const requestHeaders = (
  headers: Headers,
  extra: readonly string[],
  credential: { header: string; value: string },
): Record<string, string> => ({
  ...pick(headers, [...REQUEST, ...extra], REQUEST_PREFIXES),
  // Plain bytes: in compressed ones a key that comes back could not be seen.
  "accept-encoding": "identity",
  [credential.header]: credential.value,
});

/** The answer's headers for the VM: no cookies, nothing of the connection. */
export const responseHeaders = (headers: Headers): Record<string, string> =>
  pick(headers, RESPONSE, RESPONSE_PREFIXES);

/** Everything in a request that may be the placeholder, wherever the client's library puts its key. */
export function placeholdersIn(headers: Headers, query: string): string[] {
  const given = [headers["x-api-key"], headers["x-goog-api-key"], bearer(headers["authorization"])];
  const texts = given.filter((value): value is string => typeof value === "string");
  return [...texts, ...new URLSearchParams(query).getAll("key")];
}

const bearer = (value: Headers[string]): string | undefined =>
  typeof value === "string" ? /^Bearer +(.+)$/i.exec(value)?.[1] : undefined;
