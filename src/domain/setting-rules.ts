// What each setting is about and who may set it: one rule a setting, in the order of the schema. Pure.
import type { Settings } from "./settings.ts";

export interface SettingRule {
  /** One line for editors and lists. */
  about: string;
  /** "host": it changes what happens on this host, what is read of it, or what a VM may do to it. */
  touches: "host" | "VM";
  /** A repository's .agent-vm.yaml may say it, too. Never with `touches: "host"`: an agent can write that file. */
  project?: true;
  /** A repository's .agent-vm.yaml may ask for it; the user alone grants it. */
  asks?: true;
  /** AGENT_VM_<NAME> sets it, as one word: a text, a whole number, or words between commas. */
  variable?: "text" | "number" | "words";
  /** Its values may be secrets: they are shown in no error. */
  secret?: true;
}

const text = { variable: "text" } as const;
const number = { variable: "number" } as const;
const host = { touches: "host" } as const;
const vm = { touches: "VM" } as const;

/** A setting of the VM as a whole belongs to all repositories' workspaces, so no project chooses it. */
export const SETTING_RULES: Readonly<Record<keyof Settings, SettingRule>> = {
  accel: { ...host, ...text, about: "How the VM's processor is run." },
  image: { ...host, ...text, about: 'The VM\'s image: "auto", "build", an absolute path or a URL.' },
  memory: { ...host, ...number, about: "GiB of memory of a new VM." },
  vcpu: { ...host, ...number, about: "Processors of a new VM." },
  disk: { ...host, ...number, about: "GiB of a new VM's disk." },
  profile: { ...host, ...text, about: "What the agent may do in a new VM." },
  base: { ...host, ...text, about: "The branch that workspaces get beside their own, as host/<base>." },
  fetch_limit: { ...host, ...number, about: "GiB: the most that one fetch takes from the VM." },
  scan: { ...host, ...text, about: "Where commits are scanned for secrets." },
  scanner: {
    ...host,
    ...text,
    about: "What scans: gitleaks where it is installed, or the rules that come along.",
  },
  customs: { ...host, about: "What fetch asks about before a branch moves." },
  regenerable: { ...host, about: "More patterns of ignored files that can be made again." },
  without: { ...vm, variable: "words", about: "Parts of the VM's software that are left out." },
  home: { ...host, about: "Files of this host for the agent's home." },
  agent: { ...vm, ...text, project: true, about: "Which agent run starts with a prompt." },
  session_memory: {
    ...vm,
    ...text,
    project: true,
    about: "The most memory that one session takes: 512M, 4G.",
  },
  stop_grace: { ...vm, ...number, about: "Seconds that sessions get to finish before the VM stops." },
  aliases: { ...vm, about: "The agents' names start them without permission prompts in the VM's shells." },
  git_identity: { ...host, about: "Commits in the VM are by whom this host's git names." },
  git_name: { ...host, about: "Who commits in the VM are by." },
  git_email: { ...host, about: "The address that commits in the VM have." },
  packages: { ...vm, project: true, about: "More packages for the VM." },
  mirrors: {
    ...vm,
    about: "Where software comes from instead: what a url begins with, and what stands there.",
  },
  ca: { ...host, about: "Files of this host with certificate authorities for the VM." },
  proxy: { ...host, ...text, about: "This host's proxy for the VM." },
  env: {
    ...host,
    secret: true,
    about: "Variables for sessions: null takes this host's value, false sends none.",
  },
  editor: { ...host, ...text, about: "What open starts: an editor's name, or a list of words." },
  notify: { ...host, about: "How watch --notify calls you; a list of words is a command." },
  clipboard: { ...host, about: "Sessions may write this host's clipboard." },
  credentials: { ...host, ...text, about: "Where API keys are while a session uses them." },
  mount: { ...host, about: "What this host sees of the workspaces." },
  workspace: { ...host, asks: true, about: "Ignored files of a repository that go into its workspaces." },
  google_credentials: { ...host, ...text, about: "Whether sessions get Google's credentials file." },
};

export const SETTING_NAMES = Object.keys(SETTING_RULES) as (keyof Settings)[];

/** The environment's word for a setting. */
export const variableOf = (name: string): string => `AGENT_VM_${name.toUpperCase()}`;
