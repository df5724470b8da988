// The shapes of secrets that are looked for when gitleaks is not installed: data, one entry a kind. Pure.

export const LEVELS = ["high", "medium", "low"] as const;
export type Level = (typeof LEVELS)[number];

export interface Rule {
  id: string;
  level: Level;
  /** One of them stands in every text that the pattern finds; in small letters, compared without regard to case. */
  words: readonly string[];
  /**
   * Global; the group `value` is the secret. Every repetition has an upper bound: the VM writes what is read, and no
   * text may keep a pattern busy.
   */
  pattern: RegExp;
  /** Bits a character that the value has at least. */
  entropy?: number;
  /** A value with less than this, or without a digit or a letter, is of the level "low". */
  strong?: number;
  /** A value of words of this kind is no secret. */
  not?: RegExp;
  /** Only in text: in other files the pattern means nothing. */
  textOnly?: boolean;
}

const EXAMPLE = /example/i;
/** What people write where a secret will stand. */
const PLACEHOLDER =
  /example|change.?me|placeholder|dummy|sample|redacted|your[-_ ]|x{4}|\*{3}|\.{3}|^[$%<{]|\$\{|\{\{|process\.env|environ|^(?:test|fake|canary)|password$|^(.)\1+$/i;

export const RULES: readonly Rule[] = [
  {
    id: "private-key",
    level: "high",
    words: ["private key"],
    // The header alone is code that speaks of keys; 40 characters of it are one. Also within quotes and comments.
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[\s"',+>#*|]|\\[nrt]){1,80}(?:(?:Proc-Type|DEK-Info|Version|Comment)[^\n]{0,200}\s{1,40}){0,4}(?=[A-Za-z0-9+/=]{40})(?<value>(?:[A-Za-z0-9+/=\s"',>#*|]|\\[nrt]){40,4000})/g,
  },
  {
    id: "gcp-service-account",
    level: "high",
    words: ["service_account"],
    pattern:
      /"type"\s{0,4}:\s{0,4}"service_account"[\s\S]{0,400}?"private_key_id"\s{0,4}:\s{0,4}"(?<value>[0-9a-f]{40})"/g,
  },
  {
    id: "aws-access-key",
    level: "high",
    words: ["akia", "asia", "abia", "acca"],
    pattern: /(?<![A-Za-z0-9])(?<value>(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})(?![A-Za-z0-9])/g,
    entropy: 3,
    not: EXAMPLE,
  },
  {
    id: "aws-secret-key",
    level: "high",
    words: ["secret"],
    pattern:
      /aws_?secret_?(?:access_?)?key["']?\s{0,5}(?::=|=>|[:=])\s{0,5}["']?(?<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
    entropy: 4,
    not: EXAMPLE,
  },
  {
    id: "github-token",
    level: "high",
    words: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
    pattern:
      /(?<![A-Za-z0-9_])(?<value>gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})(?![A-Za-z0-9_])/g,
    entropy: 3,
  },
  {
    id: "gitlab-token",
    level: "high",
    words: ["glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glft-"],
    pattern: /(?<![A-Za-z0-9_-])(?<value>gl(?:pat|dt|rt|ptt|cbt|ft)-[A-Za-z0-9_.-]{20,200})/g,
    entropy: 3.2,
  },
  {
    id: "npm-token",
    level: "high",
    words: ["npm_"],
    pattern: /(?<![A-Za-z0-9_])(?<value>npm_[A-Za-z0-9]{36})(?![A-Za-z0-9_])/g,
    entropy: 3.2,
  },
  {
    id: "pypi-token",
    level: "high",
    words: ["pypi-age"],
    pattern:
      /(?<![A-Za-z0-9_-])(?<value>pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[A-Za-z0-9_-]{50,1000})/g,
  },
  {
    id: "slack-token",
    level: "high",
    words: ["xoxa-", "xoxb-", "xoxp-", "xoxo-", "xoxs-", "xoxe-", "xoxr-", "xapp-"],
    pattern:
      /(?<![A-Za-z0-9-])(?<value>xox[abposer]-(?:\d-)?[A-Za-z0-9]{8,200}-[A-Za-z0-9-]{8,250}|xapp-\d-[A-Z0-9]{8,20}-\d{8,20}-[a-z0-9]{32,128})/g,
    entropy: 2.5,
  },
  {
    id: "slack-webhook",
    level: "medium",
    words: ["hooks.slack.com"],
    pattern:
      /hooks\.slack\.com\/(?<value>(?:services|workflows)\/T[A-Z0-9]{6,14}\/[AB][A-Z0-9]{6,14}\/[A-Za-z0-9/]{16,60})/g,
    entropy: 3,
  },
  {
    id: "stripe-key",
    level: "high",
    words: ["sk_live_", "rk_live_"],
    pattern: /(?<![A-Za-z0-9_])(?<value>[sr]k_live_[A-Za-z0-9]{16,250})(?![A-Za-z0-9_])/g,
    entropy: 3,
  },
  {
    id: "stripe-test-key",
    level: "low",
    words: ["sk_test_", "rk_test_"],
    pattern: /(?<![A-Za-z0-9_])(?<value>[sr]k_test_[A-Za-z0-9]{16,250})(?![A-Za-z0-9_])/g,
    entropy: 3,
  },
  {
    id: "anthropic-key",
    level: "high",
    words: ["sk-ant-"],
    pattern: /(?<![A-Za-z0-9_-])(?<value>sk-ant-[a-z]{3,5}\d{2}-[A-Za-z0-9_-]{60,250})/g,
    entropy: 3.5,
  },
  {
    id: "openai-key",
    level: "high",
    words: ["sk-proj-", "sk-svcacct-", "sk-admin-", "t3blbkfj"],
    pattern:
      /(?<![A-Za-z0-9_-])(?<value>sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,250}|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})(?![A-Za-z0-9_-])/g,
    entropy: 3.5,
  },
  {
    id: "google-api-key",
    level: "high",
    words: ["aiza"],
    pattern: /(?<![A-Za-z0-9_-])(?<value>AIza[A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])/g,
    entropy: 3.5,
  },
  {
    id: "google-oauth",
    level: "high",
    words: ["gocspx-", "1//0"],
    pattern:
      /(?<![A-Za-z0-9_/-])(?<value>GOCSPX-[A-Za-z0-9_-]{28}|1\/\/0[A-Za-z0-9_-]{60,200})(?![A-Za-z0-9_-])/g,
    entropy: 3.5,
  },
  {
    id: "jwt",
    level: "medium",
    words: ["eyj"],
    pattern:
      /(?<![A-Za-z0-9_-])(?<value>eyJ[A-Za-z0-9_-]{14,1000}\.eyJ[A-Za-z0-9_-]{14,4000}\.[A-Za-z0-9_-]{20,1000})/g,
    entropy: 3,
  },
  {
    id: "password-in-url",
    level: "medium",
    words: ["://"],
    pattern:
      /(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\/[^\s:@/"'`<>]{1,60}:(?<value>[^\s:@/"'`<>]{8,200})@[A-Za-z0-9[]/g,
    entropy: 2.5,
    strong: 3,
    not: PLACEHOLDER,
    textOnly: true,
  },
  {
    id: "assigned-in-quotes",
    level: "medium",
    words: ["passw", "pwd", "secret", "token", "apikey", "api_key", "api-key", "access_key", "credential"],
    pattern:
      /(?:passw(?:or)?d|pwd|secret|token|api[_-]?key|access_key|credential)[A-Za-z0-9_.-]{0,30}["']?\s{0,5}(?::=|=>|[:=])\s{0,5}(["'`])(?<value>[^\s"'`\\]{8,200})\1/gi,
    entropy: 3,
    strong: 3.6,
    not: PLACEHOLDER,
    textOnly: true,
  },
  {
    id: "assigned-in-env-file",
    level: "medium",
    words: ["passw", "secret", "token", "api_key", "access_key"],
    pattern:
      /^[ \t]{0,20}(?:export[ \t]{1,5})?[A-Z0-9_]{0,60}?(?:PASSW(?:OR)?D|SECRET|TOKEN|API_KEY|ACCESS_KEY)[A-Z0-9_]{0,30}[ \t]{0,5}=[ \t]{0,5}(?<value>[^\s"'`(){}<>;,]{12,200})[ \t]{0,5}\r?$/gm,
    entropy: 3,
    strong: 3.6,
    not: PLACEHOLDER,
    textOnly: true,
  },
];
