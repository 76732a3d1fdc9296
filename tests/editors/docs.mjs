// What the editors' documentation says, held against what the code has: settings with their defaults, commands, options.
import { readFileSync } from "node:fs";
import path from "node:path";
import { check, finish } from "./checks.mjs";
import { root } from "./program.mjs";

const read = (file) => readFileSync(path.join(root, "editors", file), "utf8");
const { contributes } = JSON.parse(read("vscode/package.json"));
const readme = read("vscode/README.md");
const help = read("neovim/doc/branchlight.txt");
const luaOptions = read("neovim/lua/branchlight/options.lua");
const luaCommands = read("neovim/lua/branchlight/commands.lua");

const undocumented = (names, text) => names.filter((name) => !text.includes(name));

const settings = Object.entries(contributes.configuration.properties);
const rows = settings.map(([name, { default: value }]) => {
  const shown = value === "" ? "" : `\`${typeof value === "string" ? value : JSON.stringify(value)}\` `;
  return `| \`${name}\` | ${shown}|`;
});
check(
  "VS Code's README has each setting with its default",
  undocumented(rows, readme).length === 0,
  undocumented(rows, readme),
);

const commands = contributes.commands.map(({ command, title, category }) => [
  `*${category}: ${title}*`,
  `\`${command}\``,
]);
check(
  "VS Code's README has each command",
  undocumented(commands.flat(), readme).length === 0,
  undocumented(commands.flat(), readme),
);

const colours = contributes.colors.map(({ id }) => `\`${id}\``);
check("VS Code's README has each colour", undocumented(colours, readme).length === 0, undocumented(colours, readme));

const programs = settings.filter(([name]) => /python|path/.test(name));
check(
  "settings that name a program cannot come from a repository",
  programs.length === 2 && programs.every(([, setting]) => setting.scope === "machine"),
  programs,
);

const defaults = luaOptions.match(/local defaults = \{\n(.*?)\n\}\n/s)[1];
const documented = help.match(/setup\(\{\n(.*?)\n\t\}\)/s)[1];
check("Neovim's help has the defaults of setup()", squeeze(defaults) === squeeze(documented), documented);

const subcommands = [...luaCommands.matchAll(/^ {2}(\w+) = function/gm)].map(([, name]) => `:Branchlight ${name}`);
check(
  "Neovim's help has each subcommand",
  subcommands.length === 4 && undocumented(subcommands, help).length === 0,
  subcommands,
);

const shared = ["show", "hints", "severity", "testArgs", "notYetAfter"];
check(
  "a setting has the same name and default in both editors",
  shared.every((name) => {
    const { default: value } = contributes.configuration.properties[`branchlight.${name}`];
    const lua = Array.isArray(value) ? "{}" : typeof value === "string" ? `'${value}'` : String(value);
    return luaOptions.includes(`    ${name} = ${lua},`);
  }),
);
process.exit(finish());

function squeeze(text) {
  return text.replace(/\s+/g, " ").trim();
}
