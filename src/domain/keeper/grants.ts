// A session's environment without the keys that the proxy holds, and what the proxy gets instead. Pure.
import type { Grant } from "../../guard/credential-sessions.ts";
import type { Providers } from "./providers.ts";

type Values = Readonly<Record<string, string>>;

export interface Split {
  grants: Record<string, Grant>;
  /** The environment for the session, once the proxy's port in the VM is known. */
  values(port: number): Record<string, string>;
}

/**
 * Of each provider the first key that has a value goes to the proxy, and no key of it to the session. An address of the
 * host's own (a gateway) becomes where the proxy asks.
 */
export function splitKeys(values: Values, providers: Providers, placeholder: string): Split {
  const grants: Record<string, Grant> = {};
  const hidden: string[] = [];
  for (const [name, { keys, address, upstream }] of Object.entries(providers)) {
    const key = keys.find(({ variable }) => values[variable]);
    if (key === undefined) continue;
    const secret = values[key.variable] ?? "";
    grants[name] = {
      upstream: (values[address] || upstream).replace(/\/+$/, ""),
      header: key.header,
      value: key.scheme === undefined ? secret : `${key.scheme} ${secret}`,
    };
    hidden.push(...keys.map(({ variable }) => variable));
  }
  const rest = Object.fromEntries(Object.entries(values).filter(([name]) => !hidden.includes(name)));
  const given = (port: number) =>
    Object.keys(grants).flatMap((name) => {
      const provider = providers[name];
      if (provider === undefined) return [];
      return [
        [provider.placeholder, placeholder],
        [provider.address, `http://127.0.0.1:${port}/${name}`],
      ];
    });
  return { grants, values: (port) => ({ ...rest, ...Object.fromEntries(given(port)) }) };
}
