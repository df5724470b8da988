// Certificates out of text: each once, and no others than those asked for. Pure.
import { X509Certificate } from "node:crypto";

const BLOCK = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g;

/** The certificates in a text as PEM, by their SHA-256 fingerprint. Keys and whatever else stands there are left out. */
export function certificatesIn(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [block] of text.matchAll(BLOCK)) {
    try {
      const certificate = new X509Certificate(block);
      found.set(certificate.fingerprint256, certificate.toString());
    } catch {
      // A damaged one among others is no reason to do without them.
    }
  }
  return found;
}

/** Those of all texts that the known texts do not hold, in an order of their own, so that a hash over them stays. */
export function extraCertificates(texts: readonly string[], known: readonly string[]): string[] {
  const ordinary = new Set(known.flatMap((text) => [...certificatesIn(text).keys()]));
  const extra = new Map<string, string>();
  for (const text of texts) {
    for (const [fingerprint, pem] of certificatesIn(text)) {
      if (!ordinary.has(fingerprint)) extra.set(fingerprint, pem);
    }
  }
  return [...extra.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, pem]) => pem);
}
