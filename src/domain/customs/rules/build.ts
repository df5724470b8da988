// What runs when somebody builds, tests or installs. Pure.
import type { Rule } from "../rule.ts";

export const BUILD_RULES: readonly Rule[] = [
  {
    id: "node-build",
    level: "BUILD",
    reason: "npm and its like run scripts or fetch code by it.",
    paths: [
      "**/package.json",
      "**/{package-lock,npm-shrinkwrap}.json",
      "**/yarn.lock",
      "**/pnpm-{lock,workspace}.yaml",
      "**/bun.lock{b,}",
      "**/deno.json{c,}",
      "**/.{npmrc,yarnrc,yarnrc.yml,pnpmfile.cjs}",
      "**/node_modules/**",
    ],
    hit: "packages/ui/package.json",
    miss: "src/package.json.ts",
  },
  {
    id: "python-build",
    level: "BUILD",
    reason: "Python's tools import or install by it.",
    paths: [
      "**/{setup,conftest,noxfile,sitecustomize,usercustomize}.py",
      "**/{setup.cfg,pyproject.toml,tox.ini,pytest.ini,*.pth}",
      "**/{requirements*.txt,requirements*.in,pipfile,pipfile.lock,poetry.lock,uv.lock,pdm.lock}",
      // Beside the program that is started these hide the modules of the standard library.
      "{random,re,json,os,sys,io,ssl,enum,types,typing,string,socket,logging,subprocess}.py",
    ],
    hit: "tests/conftest.py",
    miss: "src/shop/random.py",
  },
  {
    id: "compiled-build",
    level: "BUILD",
    reason: "A build runs what it says.",
    paths: [
      "**/{build.rs,Cargo.toml,Cargo.lock,go.mod,go.sum,go.work}",
      "**/{,GNU}Makefile",
      "**/*.{mk,cmake,gradle,gradle.kts,csproj,fsproj,vbproj,sln,props,targets,gemspec,bzl}",
      "**/{CMakeLists.txt,meson.build,configure,configure.ac,configure.in}",
      "**/{justfile,.justfile,Taskfile.yml,Rakefile,Gemfile,Gemfile.lock}",
      "**/{pom.xml,build.xml,build.sbt,gradle.properties,libs.versions.toml}",
      "**/{composer.json,composer.lock,Package.swift,mix.exs,mix.lock}",
      "**/{BUILD,BUILD.bazel,WORKSPACE,WORKSPACE.bazel,MODULE.bazel}",
    ],
    hit: "crates/core/build.rs",
    miss: "docs/makefile.md",
  },
  {
    id: "containers",
    level: "BUILD",
    reason: "A container or machine is built or started by it.",
    paths: [
      "**/{Dockerfile,Containerfile}{*,}",
      "**/*.dockerfile",
      "**/{docker-,}compose*.{yml,yaml}",
      "**/{Vagrantfile,.agent-vm.yaml}",
    ],
    hit: ".agent-vm.yaml",
    miss: "docs/docker.md",
  },
  {
    id: "tool-configuration",
    level: "BUILD",
    reason: "A program as configuration: linters, bundlers and test runners run it.",
    paths: [
      "**/*.config.{js,cjs,mjs,ts,cts,mts}",
      "**/.{eslintrc,prettierrc,babelrc,stylelintrc,lintstagedrc,commitlintrc,mocharc,swcrc}{.*,}",
      "**/{gulpfile,Gruntfile}.*",
    ],
    hit: "apps/web/vite.config.ts",
    miss: "src/config.ts",
  },
];
