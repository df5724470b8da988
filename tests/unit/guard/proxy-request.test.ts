// What the relay before the host's proxy lets through, and how it is written anew.
import { describe, expect, test } from "vitest";
import { isInner } from "../../../src/guard/inner-address.ts";
import { parseProxyRequest, writeProxyRequest } from "../../../src/guard/proxy-request.ts";

const head = (...lines: string[]) => lines.join("\r\n");
const parsed = (...lines: string[]) => parseProxyRequest(head(...lines));

describe("a request's place", () => {
  test.each([
    ["CONNECT registry.npmjs.org:443 HTTP/1.1", "registry.npmjs.org", 443],
    ["CONNECT [2001:4860::1]:443 HTTP/1.1", "2001:4860::1", 443],
    ["GET http://deb.debian.org/debian/ HTTP/1.1", "deb.debian.org", 80],
    ["GET http://Mirror.Example:8080/x?y HTTP/1.0", "mirror.example", 8080],
  ])("%s", (line, host, port) => expect(parsed(line, "Accept: */*")).toMatchObject({ host, port }));

  test.each([
    ["GET /path HTTP/1.1"],
    ["GET https://x.example/ HTTP/1.1"],
    ["GET http://user@x.example/ HTTP/1.1"],
    ["GET http://x.example\\@127.0.0.1/ HTTP/1.1"],
    ["GET http://x.example#@127.0.0.1/ HTTP/1.1"],
    ["GET http:// HTTP/1.1"],
    ["CONNECT x.example HTTP/1.1"],
    ["CONNECT x.example:99999 HTTP/1.1"],
    ["CONNECT x.example:443/ HTTP/1.1"],
    ["CONNECT x%2eexample:443 HTTP/1.1"],
    ["CONNECT x.example:443  HTTP/1.1"],
    ["CONNECT x.example:443 HTTP/2"],
    ["CONNECT x.example:443 HTTP/1.1 HTTP/1.0\n"],
    ["CONNECT x.example:443 HTTP/1.1\n"],
    ["CONNECT x.example:443 HTTP/1.10"],
    ["connect x.example:443 HTTP/1.1"],
    ["TRACE http://x.example/ HTTP/1.1"],
    ["TRACK http://x.example/ HTTP/1.1"],
    [""],
  ])("%j is none", (line) => expect(parsed(line)).toBeUndefined());
});

describe("a head that two programs could read in two ways is refused", () => {
  test.each([
    ["a folded header", ["A: b", " c"]],
    ["a space before the colon", ["Content-Length : 3"]],
    ["a line break of its own", ["A: b\nHost: 127.0.0.1"]],
    ["two lengths", ["Content-Length: 3", "Content-Length: 4"]],
    ["a length that is none", ["Content-Length: 3, 3"]],
    ["chunks", ["Transfer-Encoding: chunked"]],
    ["a control character", ["A: b\u0000c"]],
    ["a header without a colon", ["nonsense"]],
  ])("%s", (_name, lines) => {
    expect(parsed("POST http://x.example/ HTTP/1.1", "Accept: */*")).toBeDefined();
    expect(parsed("POST http://x.example/ HTTP/1.1", ...lines)).toBeUndefined();
  });
});

describe("written anew", () => {
  test("a request has our credentials and none of the guest's, and is the only one of its connection", () => {
    const request = parsed(
      "GET http://x.example/a HTTP/1.1",
      ...["Host: 127.0.0.1", "Proxy-Authorization: Basic Z3Vlc3Q=", "Connection: keep-alive", "Upgrade: h2c"],
      "Accept: */*",
    );
    expect(request && writeProxyRequest(request, "Basic b3Vycw==").split("\r\n")).toEqual([
      "GET http://x.example/a HTTP/1.1",
      "Host: x.example",
      "Accept: */*",
      "Proxy-Authorization: Basic b3Vycw==",
      "Connection: close",
      "",
      "",
    ]);
  });

  test("a tunnel keeps its connection", () => {
    const request = parsed("CONNECT [2001:4860::1]:443 HTTP/1.1", "Proxy-Connection: keep-alive");
    expect(request && writeProxyRequest(request, undefined)).toBe(
      "CONNECT [2001:4860::1]:443 HTTP/1.1\r\nHost: [2001:4860::1]:443\r\n\r\n",
    );
  });
});

describe("addresses", () => {
  test.each([
    ...["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.5.2", "169.254.169.254", "100.64.0.1", "0.0.0.0"],
    ...["255.255.255.255", "224.0.0.1", "::1", "::", "fe80::1", "fec0::2", "fd00::1", "ff02::1"],
    ...["::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "no address", ""],
  ])("%s is inner", (address) => expect(isInner(address)).toBe(true));

  test.each(["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])(
    "%s is the internet",
    (address) => expect(isInner(address)).toBe(false),
  );
});
