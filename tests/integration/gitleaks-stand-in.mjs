#!/usr/bin/env node
// Stands in for gitleaks 8.30 where it is not installed: `stdin` with its options, one of its rules, and what mutes it.
import { appendFileSync, existsSync, readFileSync } from "node:fs";

const [verb, ...options] = process.argv.slice(2);
const value = (name) => options.find((option) => option.startsWith(`--${name}=`))?.slice(name.length + 3);
if (verb !== "stdin") {
  console.error(`FTL unknown command "${verb}" for "gitleaks"`);
  process.exit(1);
}
const config = value("config") ?? process.env.GITLEAKS_CONFIG ?? ".gitleaks.toml";
const muted = existsSync(config) && readFileSync(config, "utf8").includes("allowlist");
const ignored = `${value("gitleaks-ignore-path") ?? "."}/.gitleaksignore`;
const text = readFileSync(0, "latin1");
if (process.env.HOME)
  appendFileSync(`${process.env.HOME}/gitleaks.log`, `${process.argv.slice(2).join(" ")}\n`);
const found = text.split("\n").flatMap((line, index) => {
  const secret = /ghp_[A-Za-z0-9]{36}/.exec(line)?.[0];
  const allowed = line.includes("gitleaks:allow") && !options.includes("--ignore-gitleaks-allow");
  if (!secret || allowed || muted || existsSync(ignored)) return [];
  const place = { StartLine: index + 1, EndLine: index + 1, File: "", Commit: "" };
  return [
    {
      RuleID: "github-pat",
      ...place,
      Match: secret,
      Secret: secret,
      Fingerprint: `:github-pat:${index + 1}`,
    },
  ];
});
console.log(JSON.stringify(found, null, 1));
process.exitCode = found.length > 0 ? Number(value("exit-code") ?? 1) : 0;
