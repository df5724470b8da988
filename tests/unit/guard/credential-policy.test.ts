// Which requests the credential proxy makes: by the shipped data, and by no trick of writing.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type AllowedRequests, judgeRequest } from "../../../src/guard/credential-policy.ts";
import { ROOT } from "../sources.ts";

const providers = parse(readFileSync(join(ROOT, "common/credentials.yaml"), "utf8")) as Record<
  string,
  AllowedRequests
>;
const judge = (provider: string, method: string, target: string) =>
  judgeRequest(method, target, providers[provider] as AllowedRequests);

describe("allowed", () => {
  test.each([
    ["anthropic", "POST", "/v1/messages"],
    ["anthropic", "POST", "/v1/messages?beta=true"],
    ["anthropic", "POST", "/v1/messages/count_tokens?beta=true"],
    ["anthropic", "GET", "/v1/models/claude-x-1"],
    ["openai", "POST", "/responses"],
    ["gemini", "POST", "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse"],
  ])("%s %s %s", (provider, method, target) => {
    const [path, query] = target.split("?");
    expect(judge(provider, method, target)).toEqual({ path, search: query ? `?${query}` : "" });
  });

  test("a key in the query, which is taken off", () =>
    expect(judge("gemini", "POST", "/v1beta/models/m:countTokens?key=x&alt=json")).toEqual({
      path: "/v1beta/models/m:countTokens",
      search: "?alt=json",
    }));
});

describe("denied", () => {
  test.each([
    ["anthropic", "GET", "/v1/organizations/keys"],
    ["anthropic", "GET", "/v1/messages"],
    ["anthropic", "DELETE", "/v1/models/x"],
    ["anthropic", "POST", "/v1/messages/"],
    ["anthropic", "POST", "/v1/messages/../organizations"],
    ["anthropic", "GET", "/v1/models/.."],
    ["anthropic", "GET", "/v1/models/x/../../organizations"],
    ["anthropic", "GET", "/v1/models/x/y"],
    ["anthropic", "GET", "/v1/models/%2e%2e"],
    ["anthropic", "GET", "/v1/models/..%2forganizations"],
    ["anthropic", "POST", "/v1%2fmessages"],
    ["anthropic", "POST", "//v1/messages"],
    ["anthropic", "POST", "/v1//messages"],
    ["anthropic", "POST", "\\v1\\messages"],
    ["anthropic", "POST", "/v1/messages#x"],
    ["anthropic", "POST", "/v1/messages;x=1"],
    ["anthropic", "POST", "http://example.org/v1/messages"],
    ["anthropic", "POST", "@example.org/v1/messages"],
    ["anthropic", "POST", ""],
    ["anthropic", "POST", "/v1/messages?beta=true?x"],
    ["anthropic", "POST", "/v1/messages?url=http://example.org"],
    ["anthropic", "POST", "/V1/messages"],
    ["gemini", "POST", "/v1beta/models/m:batchDelete"],
    ["gemini", "POST", "/v1beta/models/m:x:generateContent"],
  ])("%s %s %s", (provider, method, target) =>
    expect(judge(provider, method, target)).toHaveProperty("denied"),
  );
});
