// The program's version, put in by the build from package.json.
declare const AGENT_VM_VERSION: string | undefined;

export const version: string = typeof AGENT_VM_VERSION === "string" ? AGENT_VM_VERSION : "0.0.0-source";
