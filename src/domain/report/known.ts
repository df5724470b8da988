// Learns what a report must not have: secrets of the environment, and names of the user, the host and the work.
import { readFile, realpath } from "node:fs/promises";
import { homedir, hostname, networkInterfaces, userInfo } from "node:os";
import { join } from "node:path";
import { query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { readJson } from "../../io/json-file.ts";
import { valueAt } from "../config/problems.ts";
import { readUserText } from "../load-settings.ts";
import { namesIn } from "../session/choose-env.ts";
import { hostProxy } from "../vm/host-proxy.ts";
import type { Known } from "./stand-ins.ts";

export async function whatIsKnown(ctx: Context): Promise<Known> {
  const { env, paths } = ctx;
  const workspaces = texts(await storeOf(paths.workspaces, "workspaces"));
  return {
    secrets: { ...(await environmentSecrets(ctx)), ...(await fileSecrets(ctx)) },
    homes: await withReal([paths.home, homedir()]),
    users: [attempt(() => userInfo().username), env["USER"], env["LOGNAME"], env["SUDO_USER"]].flatMap(
      (name) => name || [],
    ),
    hosts: [hostname(), hostname().split(".")[0], hostProxy(env)?.connect.host].flatMap((name) => name || []),
    addresses: hostAddresses(),
    repositories: await repositories(ctx),
    workspaces,
    vm: paths.vm,
  };
}

const SECRET_NAME = /KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH|COOKIE|_PAT$/i;
/** They name programs, sockets or kinds, and stand in every text. */
const NO_SECRET = /^(SSH_AUTH_SOCK|XAUTHORITY|SSH_ASKPASS|GIT_ASKPASS|KEYCODE|DBUS_SESSION_BUS_ADDRESS)$/;

/** All that the list for sessions names, whatever it is, and what is a secret by its name. */
async function environmentSecrets({ env, programDir }: Context): Promise<Record<string, string[]>> {
  const list = await readFile(join(programDir, "common/packages/envvars.txt"), "utf8").catch(() => "");
  const listed = new Set(namesIn(list));
  const found: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(env))
    if (value && (listed.has(name) || (SECRET_NAME.test(name) && !NO_SECRET.test(name))))
      found[name] = [value];
  const proxy = hostProxy(env);
  if (proxy && proxy.secrets.length > 0) found["proxy"] = proxy.secrets;
  return found;
}

/** Settings whose values are the user's own words. */
const OWN_WORDS = ["env", "git_name", "git_email"];
/** Settings that may be a path or an address, which may hold a key. */
const PLACES = ["image", "mirrors", "notify", "ca"];

/** Texts of the user's settings that may be anything, and keys of Google's file. */
async function fileSecrets({ env, paths }: Context): Promise<Record<string, string[]>> {
  const { readYaml } = await import("../../io/yaml.ts");
  const text = await readUserText(paths.configFile).catch(() => "");
  const { value: settings, problems } = readYaml(text);
  const told = (name: string) =>
    allTexts(valueAt(settings, [name])).map((one) => one.replace(/(?<!\/)\/+$/, ""));
  // In a file that is no YAML every longer word may be a value.
  const own =
    problems.length > 0
      ? (text.match(/[^\s"'{}[\],]{8,}/g) ?? [])
      : [...OWN_WORDS.flatMap(told), ...PLACES.flatMap(told).filter((one) => one.includes("/"))];
  // And what they take of this host for sessions, whatever it is called.
  const sent = Object.keys(valueAt(settings, ["env"]) ?? {}).flatMap((name) => env[name] ?? []);
  const gcloud = env["CLOUDSDK_CONFIG"] ?? join(paths.home, ".config", "gcloud");
  const google = [
    env["GOOGLE_APPLICATION_CREDENTIALS"],
    join(gcloud, "application_default_credentials.json"),
  ];
  const files = await Promise.all(google.map((path) => readJson(path ?? "").catch(() => undefined)));
  return {
    setting: [...own, ...sent],
    "google credentials": files.flatMap(allTexts).filter((text) => text.length > 8),
  };
}

const allTexts = (value: unknown): string[] =>
  typeof value === "object" && value !== null
    ? Object.values(value).flatMap(allTexts)
    : typeof value === "string" || typeof value === "number"
      ? [String(value)]
      : [];

async function withReal(all: readonly string[]): Promise<string[]> {
  const real = await Promise.all(all.map((path) => realpath(path).catch(() => path)));
  return [...new Set([...all, ...real])];
}

/** Without those that every computer has, and those of Lima's own network. */
function hostAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all
    .filter(({ internal }) => !internal)
    .flatMap(({ address, mac }) => [address.replace(/%.*/, ""), mac])
    .filter((address) => address !== "00:00:00:00:00:00");
}

async function repositories(ctx: Context): Promise<string[]> {
  const store = await storeOf(join(ctx.paths.sharedState, "repositories.json"), "repositories");
  const known = allTexts(store).map((path) => path.replace(/\/\.git$/, ""));
  const here = await query(ctx, ctx.flags.repo ?? ctx.cwd, ["rev-parse", "--show-toplevel"]).catch(() => "");
  return withReal([...known, here.trim()].filter((path) => path.startsWith("/")));
}

/** A store that is damaged is something to report, and names nobody. */
const storeOf = async (path: string, part: string): Promise<unknown> =>
  valueAt(await readJson(path).catch(() => undefined), [part]);

function texts(list: unknown): Known["workspaces"] {
  if (!Array.isArray(list)) return [];
  return list.map((one: unknown) => {
    const text = (name: string) => String(valueAt(one, [name]) ?? "");
    return { dir: text("dir"), repoName: text("repoName"), branch: text("branch") };
  });
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
