// The names of the profiles. Pure.

export const PROFILES = ["guarded", "open", "locked"] as const;
export type Profile = (typeof PROFILES)[number];
