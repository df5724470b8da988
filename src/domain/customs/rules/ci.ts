// What runs elsewhere once it is pushed: CI, and bots that change or publish. Pure.
import type { Rule } from "../rule.ts";

export const CI_RULES: readonly Rule[] = [
  {
    id: "ci",
    level: "CI",
    reason: "Runs with the secrets of your CI once it is pushed.",
    paths: [
      ".{github,gitea,forgejo}/{workflows,actions}/",
      "**/action.{yml,yaml}",
      ".gitlab-ci{*,/**}",
      ".gitlab/ci/",
      ".{circleci,buildkite,azure-pipelines,semaphore,woodpecker,teamcity}/",
      "**/Jenkinsfile{*,}",
      "azure-pipelines{*,}.{yml,yaml}",
      ".{drone,travis,cirrus,appveyor,woodpecker}.{yml,yaml}",
      "{appveyor,bitbucket-pipelines,cloudbuild,buildspec}.{yml,yaml}",
    ],
    hit: ".github/workflows/release.yml",
    miss: "docs/github/workflows.md",
  },
  {
    id: "ci-bots",
    level: "CI",
    reason: "Bots change, merge or publish as it says.",
    paths: [
      "{.github/,.gitlab/,}renovate.json{5,}",
      ".renovaterc{.json,.json5,}",
      ".github/dependabot.{yml,yaml}",
      ".{mergify,goreleaser,releaserc}{.yml,.yaml,.json,}",
    ],
    hit: "renovate.json",
    miss: "packages/renovate/package-info.json",
  },
];
