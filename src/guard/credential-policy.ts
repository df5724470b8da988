// Which requests from the VM may be made with a key of the host: method, path and query, checked as they came. Pure.

export interface AllowedRequests {
  /** "METHOD /path", `*` for one name without slash and colon. */
  requests: readonly string[];
  /** Names of query parameters. */
  query: readonly string[];
}

export type Verdict = { path: string; search: string } | { denied: string };

/** Carries a placeholder for clients that put their key into the address; it never goes on. */
export const KEY_PARAMETER = "key";

/**
 * `target` is the request's target as it was received, with the provider's name taken off. Nothing is normalised:
 * what two readers could understand differently (escapes, dots, doubled slashes, another host) is denied.
 */
export function judgeRequest(method: string, target: string, allowed: AllowedRequests): Verdict {
  const [path = "", query = "", more] = target.split("?");
  if (more !== undefined || !/^(\/[A-Za-z0-9_:@-][A-Za-z0-9_.:@-]*)+$/.test(path))
    return { denied: "path form" };
  const known = allowed.requests.some((line) => {
    const [verb, pattern = ""] = line.split(" ");
    return verb === method && matches(path, pattern);
  });
  if (!known) return { denied: "request" };
  const parameters = new URLSearchParams(query);
  parameters.delete(KEY_PARAMETER);
  for (const name of parameters.keys()) if (!allowed.query.includes(name)) return { denied: "query" };
  const search = parameters.toString();
  return { path, search: search && `?${search}` };
}

function matches(path: string, pattern: string): boolean {
  const [literal = "", ...rest] = pattern
    .split("*")
    .map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${[literal, ...rest].join("[^/:]+")}$`).test(path);
}
