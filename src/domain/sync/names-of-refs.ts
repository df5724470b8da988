// Names of the references below refs/agent-vm/<workspace>/ in the host's repository. Pure.

interface Named {
  dir: string;
  branch: string;
}

/** Where a branch of a workspace lies on the host: its commit as last known, after a fetch or a push. */
export const mirrorRef = ({ dir }: { dir: string }, branch: string): string =>
  `refs/agent-vm/${dir}/heads/${branch}`;

/** The last commit that both sides had: what tells a rewritten branch from one that only went on. */
export const syncedRef = ({ dir, branch }: Named): string => `refs/agent-vm/${dir}/synced/${branch}`;

/** What the host's branch pointed to before a command moved it elsewhere than forward. */
export const keptRef = ({ dir }: { dir: string }, oid: string): string => `refs/agent-vm/${dir}/kept/${oid}`;

/** Names of references are bytes, one character each: the VM's may be no text at all. */
export const bytesOf = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
