// Headers through the credential proxy: both ways only what is named, and the key in its place.
import { expect, test } from "vitest";
import { placeholdersIn, requestHeaders, responseHeaders } from "../../../src/guard/credential-headers.ts";

test("a request keeps what is named, loses the rest, and gets the key", () =>
  expect(
    requestHeaders(
      {
        "content-type": "application/json",
        "accept-encoding": "gzip",
        "anthropic-version": "2023-06-01",
        "x-stainless-lang": "js",
        "x-api-key": "placeholder",
        authorization: "Bearer placeholder",
        cookie: "a=b",
        connection: "keep-alive, x-secret",
        "transfer-encoding": "chunked",
        "x-forwarded-for": "10.0.0.1",
        forwarded: "for=x",
        host: "127.0.0.1:1234",
        te: "trailers",
        upgrade: "websocket",
        "proxy-authorization": "x",
      },
      ["anthropic-version"],
      { header: "x-api-key", value: "real" },
    ),
  ).toEqual({
    "content-type": "application/json",
    "accept-encoding": "identity",
    "anthropic-version": "2023-06-01",
    "x-stainless-lang": "js",
    "x-api-key": "real",
  }));

test("an answer keeps what is named", () =>
  expect(
    responseHeaders({
      "content-type": "text/event-stream",
      "retry-after": "3",
      "anthropic-ratelimit-requests-remaining": ["1", "2"],
      "set-cookie": ["a=b"],
      location: "http://example.org",
      "transfer-encoding": "chunked",
      connection: "close",
    }),
  ).toEqual({
    "content-type": "text/event-stream",
    "retry-after": "3",
    "anthropic-ratelimit-requests-remaining": "1, 2",
  }));

test("the placeholder is found wherever a library puts its key", () => {
  expect(placeholdersIn({ authorization: "Bearer a" }, "")).toEqual(["a"]);
  expect(placeholdersIn({ "x-api-key": "a" }, "")).toEqual(["a"]);
  expect(placeholdersIn({ "x-goog-api-key": "a" }, "key=b&alt=sse")).toEqual(["a", "b"]);
  expect(placeholdersIn({ authorization: "Basic a" }, "")).toEqual([]);
});
