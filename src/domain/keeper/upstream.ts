// How the keeper reaches the model's servers: through the host's proxies, trusting the host's authorities.
import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import type { Context } from "../../context.ts";
import type { ProxyParts } from "../../guard/credential-proxy.ts";

const SYSTEM_BUNDLES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem"];
const CONNECT_LIMIT = 20_000;

export async function upstream(env: Context["env"]): Promise<Pick<ProxyParts, "request" | "dispatcher">> {
  const { default: undici } = await import("undici");
  const files = [env["NODE_EXTRA_CA_CERTS"], env["SSL_CERT_FILE"] ?? SYSTEM_BUNDLES].flat();
  const found = await Promise.all(files.map((file) => (file ? readFile(file, "utf8").catch(() => "") : "")));
  const ca = [...rootCertificates, ...found.filter((text) => text !== "")];
  const dispatcher = new undici.EnvHttpProxyAgent({
    connect: { ca, timeout: CONNECT_LIMIT },
    requestTls: { ca, timeout: CONNECT_LIMIT },
    proxyTls: { ca, timeout: CONNECT_LIMIT },
  });
  return { request: undici.request, dispatcher };
}
