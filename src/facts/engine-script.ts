import { quote, type Scope } from '../command.ts';
import { isId, type Runtime } from './engine.ts';
import { LEDGER_DIRECTORY } from './ledger.ts';
import type { Read } from './world.ts';

/** A line for each container: process id, id, name and hosts file for the shell, and JSON; no variables, since they hold secrets. */
const ENGINE_FORMAT =
  '{{.State.Pid}} {{.Id}} {{.Name}} @{{.HostsPath}} [{{json .State.Status}},{{json .State.StartedAt}},{{json .Config.Labels}},{{json .HostConfig.NetworkMode}},{{json .NetworkSettings.SandboxKey}},{{json .NetworkSettings.Networks}}]';

/** Whether it answers at all; podman has no server to be asked. */
const HELLO: Readonly<Record<Runtime, readonly string[]>> = {
  docker: [
    'info',
    '--format',
    '[{{json .ServerVersion}},{{json .LiveRestoreEnabled}},{{json .Swarm.ControlAvailable}},{{json .Swarm.LocalNodeState}}]',
  ],
  podman: ['version', '--format', '[{{json .Client.Version}},false,false]'],
};

type LabelledRead = Extract<Read, { fact: 'labelled' }>;
type ContainerRead = Extract<Read, { fact: 'container' }>;
type HostsRead = Extract<Read, { fact: 'engine_hosts' }>;
type EngineRead = Extract<Read, { runtime: Runtime }>;

const isEngineRead = (read: Read): read is EngineRead => 'runtime' in read;
const isLabelled = (read: Read): read is LabelledRead => read.fact === 'labelled';
const isHostsRead = (read: Read): read is HostsRead => read.fact === 'engine_hosts';
const isContainerRead = (read: Read): read is ContainerRead => read.fact === 'container';

/** Where the namespaces of an engine's containers are, in words for the shell; known once the engine was asked. */
export const sandboxPaths = (reads: readonly Read[]): Map<Scope, string> =>
  new Map(reads.filter(isContainerRead).map(({ scope }, index) => [scope, `"$sandbox${index}"`]));

/** Asks each engine that anybody wants to know of: once for all its containers, once for all its networks. */
export function engineQueries(reads: readonly Read[]): string[] {
  const named = reads.filter(isContainerRead);
  return (['docker', 'podman'] as const).flatMap((runtime) => {
    const all = reads.filter(isEngineRead).filter((read) => read.runtime === runtime);
    const wanted = all.filter((read) => !isLabelled(read));
    const lost = labelled(runtime, all.filter(isLabelled), wanted.length > 0);
    if (wanted.length === 0) return lost;
    const containers = named.map((read, index) => ({ read, index })).filter(({ read }) => read.runtime === runtime);
    return [
      ...containers.map(({ index }) => `sandbox${index}=/nowhere`),
      `if ! command -v ${runtime} >/dev/null 2>&1; then mark 'engine ${runtime} missing'`,
      // A daemon that is stuck must not hold us up.
      `elif said=$(timeout 20 ${line([runtime, ...HELLO[runtime]])} 2>&1); then`,
      `mark 'engine ${runtime}'; printf '%s\\n' "$said"`,
      ...inspect(runtime, containers, all.filter(isHostsRead)),
      ...(wanted.some(({ fact }) => fact === 'networks') ? [networks(runtime)] : []),
      ...(wanted.some(({ fact }) => fact === 'daemon') ? daemon(runtime) : []),
      `else mark 'engine ${runtime} silent'; printf '%s\\n' "$said"; fi`,
      ...lost,
    ];
  });
}

/** What bears the label of labs without a ledger; of the others the ledger knows. */
function labelled(runtime: Runtime, reads: readonly LabelledRead[], asked: boolean): string[] {
  if (reads.length === 0) return [];
  const labs = reads.map(({ lab }) => quote(lab)).join(' ');
  return [
    `lost=; for lab in ${labs}; do [ -e "${LEDGER_DIRECTORY}/$lab.json" ] || lost="$lost $lab"; done`,
    `if [ -n "$lost" ] && said=$(timeout 20 ${line([runtime, ...HELLO[runtime]])} 2>/dev/null); then`,
    ...(asked ? [] : [`mark 'engine ${runtime}'; printf '%s\\n' "$said"`, networks(runtime)]),
    `for lab in $lost; do list=$(${runtime} ps -aq --no-trunc --filter "label=netwright.lab=$lab"); [ -z "$list" ] || {`,
    `mark 'labelled ${runtime}'; ${line([runtime, 'container', 'inspect', '-f', ENGINE_FORMAT])} $list; }; done; fi`,
  ];
}

const line = (argv: readonly string[]): string => argv.map(quote).join(' ');

type Indexed = readonly { readonly read: ContainerRead; readonly index: number }[];

function inspect(runtime: Runtime, containers: Indexed, hosts: readonly HostsRead[]): string[] {
  if (containers.length === 0) return [];
  const names = [...new Set(containers.map(({ read }) => read.name))];
  const arms = containers.map(({ read: { name, scope }, index }) => {
    const wanted = hosts.some((read) => read.name === name && read.scope === scope);
    const show = wanted ? `; mark ${quote(`hosts ${scope}`)}; cat "$\{path#@}" 2>/dev/null` : '';
    const begins = isId(name) ? `|${name}*' '*` : '';
    return `*' /${name}'|*' ${name}'${begins}) sandbox${index}=/proc/$pid/ns/net${show} ;;`;
  });
  return [
    // Those that are not there are complained about, and the others are shown.
    `found=$(${line([runtime, 'container', 'inspect', '-f', ENGINE_FORMAT, ...names])} 2>/dev/null)`,
    `mark 'containers ${runtime}'; printf '%s\\n' "$found"`,
    `while read -r pid id name path _; do case "$id $name" in ${arms.join(' ')} esac; done <<Q\n$found\nQ`,
  ];
}

const networks = (runtime: Runtime): string =>
  `mark 'networks ${runtime}'; list=$(${runtime} network ls -q --no-trunc); [ -z "$list" ] || ${runtime} network inspect $list`;

/** It writes its process id when it starts, so what is newer it has not read. */
const daemon = (runtime: Runtime): string[] => [
  `mark 'running ${runtime}'; ${line([runtime, 'ps', '--format', '{{.Names}} {{.Label "netwright.lab"}}'])}`,
  `mark 'daemon ${runtime}'; [ ! /etc/docker/daemon.json -nt /run/docker.pid ] || echo stale`,
  `pid=$(cat /run/docker.pid 2>/dev/null) && tr '\\0' '\\n' <"/proc/$pid/cmdline" | grep '^-'`,
];
