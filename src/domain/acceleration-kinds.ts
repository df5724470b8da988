// The kinds of acceleration a user can ask for; apart from the settings, so that the command tree loads fast. Pure.
export const ACCELERATIONS = ["auto", "kvm", "tcg"] as const;
export type Acceleration = (typeof ACCELERATIONS)[number];
