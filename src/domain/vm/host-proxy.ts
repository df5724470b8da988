// This host's proxy, as its environment names it. Pure.
import type { Upstream } from "../../guard/proxy-relay.ts";

export interface HostProxy {
  connect: Upstream;
  plain: Upstream;
  /** Names that are reached without it, in the order given; only what can stand in a list. */
  noProxy: string[];
  /** What must never be shown. */
  secrets: string[];
}

type Env = Readonly<Record<string, string | undefined>>;

/** Undefined when no variable names a http or https proxy. Lower case comes first, as for curl. */
export function hostProxy(env: Env): HostProxy | undefined {
  const read = (...names: string[]) => {
    const found = names.flatMap((name) => [env[name], env[name.toUpperCase()]]).find((value) => value);
    return found === undefined ? undefined : upstream(found);
  };
  const connect = read("https_proxy", "all_proxy", "http_proxy");
  const plain = read("http_proxy", "all_proxy", "https_proxy");
  if (connect === undefined || plain === undefined) return undefined;
  const list = (env["no_proxy"] || env["NO_PROXY"] || "").split(/[\s,]+/);
  return {
    connect: connect.upstream,
    plain: plain.upstream,
    noProxy: list.filter((name) => /^[A-Za-z0-9_.:*/[\]-]{1,253}$/.test(name)),
    secrets: [...connect.secrets, ...plain.secrets],
  };
}

function upstream(text: string): { upstream: Upstream; secrets: string[] } | undefined {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol) || url.hostname === "")
    return undefined;
  const tls = url.protocol === "https:";
  const place = {
    tls,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port) || (tls ? 443 : 80),
  };
  if (url.username === "" && url.password === "") return { upstream: place, secrets: [] };
  const password = decodeURIComponent(url.password);
  const basic = Buffer.from(`${decodeURIComponent(url.username)}:${password}`).toString("base64");
  return {
    upstream: { ...place, authorization: `Basic ${basic}` },
    secrets: [basic, url.password, password].filter((secret) => secret !== ""),
  };
}
