// The host's proxy from its environment, and where a VM may go through it.
import { describe, expect, test } from "vitest";
import { hostProxy } from "../../../../src/domain/vm/host-proxy.ts";
import { proxyFiles } from "../../../../src/domain/vm/proxy-inputs.ts";
import { permitFor } from "../../../../src/domain/vm/proxy-permit.ts";

describe("the host's proxy", () => {
  test.each([
    [{ https_proxy: "http://proxy.corp:3128" }, { tls: false, host: "proxy.corp", port: 3128 }],
    [{ HTTPS_PROXY: "https://proxy.corp" }, { tls: true, host: "proxy.corp", port: 443 }],
    [{ http_proxy: "127.0.0.1:8080" }, { tls: false, host: "127.0.0.1", port: 8080 }],
    [{ ALL_PROXY: "http://[::1]:1" }, { tls: false, host: "::1", port: 1 }],
    [
      { https_proxy: "http://a:1", HTTPS_PROXY: "http://b:2" },
      { tls: false, host: "a", port: 1 },
    ],
  ])("%j", (env, connect) => expect(hostProxy(env)?.connect).toEqual(connect));

  test.each([{}, { https_proxy: "" }, { all_proxy: "socks5://127.0.0.1:1080" }, { https_proxy: "http://" }])(
    "%j names none",
    (env) => expect(hostProxy(env)).toBeUndefined(),
  );

  test("has one way for tunnels and one for plain requests", () => {
    const proxy = hostProxy({ https_proxy: "http://a:1", http_proxy: "http://b:2" });
    expect([proxy?.connect.host, proxy?.plain.host]).toEqual(["a", "b"]);
  });

  test("has credentials that are known as secrets, and stand in no file for the guest", () => {
    const proxy = hostProxy({
      https_proxy: "http://ann:p%40ssword1@proxy.corp:3128",
      no_proxy: "a.corp, .b.corp",
    });
    const basic = Buffer.from("ann:p@ssword1").toString("base64");
    expect(proxy?.connect.authorization).toBe(`Basic ${basic}`);
    expect(proxy?.secrets).toEqual(expect.arrayContaining([basic, "p@ssword1", "p%40ssword1"]));
    expect(proxyFiles({ proxy: { noProxy: proxy?.noProxy ?? [] } })).toEqual([
      { path: "proxy", content: "http://127.0.0.1:28128 localhost,127.0.0.1,::1,a.corp,.b.corp\n" },
    ]);
  });

  test("has no words in its list that are more than names", () => {
    expect(hostProxy({ https_proxy: "a:1", no_proxy: "x'y,$(id),10.0.0.0/8,*" })?.noProxy).toEqual([
      "10.0.0.0/8",
      "*",
    ]);
  });
});

describe("through the proxy", () => {
  const names: Record<string, string[]> = {
    "registry.npmjs.org": ["104.16.0.1"],
    "rebound.example": ["104.16.0.1", "127.0.0.1"],
    "inner.example": ["10.0.0.5"],
  };
  const resolve = async (host: string) => {
    const found = names[host];
    if (!found) throw new Error("ENOTFOUND");
    return found;
  };
  const guarded = permitFor("guarded", resolve);

  test.each(["registry.npmjs.org", "only-the-proxy-knows.example", "104.16.0.1", "2606:4700::1"])(
    "a guarded VM goes to %s",
    async (host) => expect(await guarded(host, 443)).toBe(true),
  );

  test.each([
    ...[
      "127.0.0.1",
      "10.0.0.5",
      "169.254.169.254",
      "::1",
      "::ffff:127.0.0.1",
      "inner.example",
      "rebound.example",
    ],
    ...[
      "localhost",
      "localhost.",
      "printer",
      "nas.local",
      "x.internal",
      "2130706433",
      "0x7f.1",
      "127.1",
      "0x7f000001",
    ],
  ])("and not to %s", async (host) => expect(await guarded(host, 443)).toBe(false));

  test.each([
    [80, true],
    [443, true],
    [8443, true],
    [22, false],
    [25, false],
    [1023, false],
  ])("port %d: %s", async (port, goes) => expect(await guarded("registry.npmjs.org", port)).toBe(goes));

  test("an open one goes everywhere", async () =>
    expect(await permitFor("open")("127.0.0.1", 22)).toBe(true));
});
