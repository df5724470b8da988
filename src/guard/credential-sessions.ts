// Who may use which key: placeholders of sessions and the credentials behind them, in memory alone.
import { createHash, timingSafeEqual } from "node:crypto";

export interface Grant {
  /** Where requests go, without a slash at the end. */
  upstream: string;
  header: string;
  /** The header's whole value, with the real key. */
  value: string;
}

interface Session {
  hash: Buffer;
  providers: ReadonlySet<string>;
}

export interface CredentialSessions {
  /** A session's keys; a key that another session brought before is replaced by this one for both. */
  open(id: string, placeholder: string, grants: Readonly<Record<string, Grant>>): void;
  close(id: string): void;
  ids(): string[];
  /** Names of the providers whose keys are in memory. */
  held(): string[];
  /** The session that holds one of the placeholders; compared in constant time. */
  holder(placeholders: readonly string[]): string | undefined;
  /** The credential of a provider, when the session was opened with one. */
  grant(id: string, provider: string): Grant | undefined;
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

export function createSessions(): CredentialSessions {
  const sessions = new Map<string, Session>();
  const grants = new Map<string, Grant>();
  return {
    open: (id, placeholder, given) => {
      for (const [provider, grant] of Object.entries(given)) grants.set(provider, grant);
      sessions.set(id, { hash: digest(placeholder), providers: new Set(Object.keys(given)) });
    },
    close: (id) => {
      sessions.delete(id);
      const used = new Set([...sessions.values()].flatMap(({ providers }) => [...providers]));
      for (const provider of grants.keys()) if (!used.has(provider)) grants.delete(provider);
    },
    ids: () => [...sessions.keys()],
    held: () => [...grants.keys()],
    holder: (placeholders) => {
      let found: string | undefined;
      for (const hash of placeholders.map(digest))
        for (const [id, session] of sessions) if (timingSafeEqual(hash, session.hash)) found = id;
      return found;
    },
    grant: (id, provider) => (sessions.get(id)?.providers.has(provider) ? grants.get(provider) : undefined),
  };
}
