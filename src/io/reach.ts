// Asks whether a web server can be reached from this host, through its proxy when the environment names one.

/** The status of a HEAD request; undefined when no answer came. */
export async function headStatus(url: string, timeout: number): Promise<number | undefined> {
  // Bundled, a CommonJS library has its names on the default export alone.
  const { default: undici } = await import("undici");
  const { EnvHttpProxyAgent, request } = undici;
  const dispatcher = new EnvHttpProxyAgent({ connect: { timeout } });
  try {
    const options = { method: "HEAD" as const, dispatcher, signal: AbortSignal.timeout(timeout) };
    const answer = await request(url, options);
    await answer.body.dump();
    return answer.statusCode;
  } catch {
    return undefined;
  } finally {
    await dispatcher.destroy();
  }
}

/** True when the server has what the url names (or says where else it is). */
export async function reachable(url: string, timeout = 10_000): Promise<boolean> {
  const status = await headStatus(url, timeout);
  return status !== undefined && status < 400;
}
