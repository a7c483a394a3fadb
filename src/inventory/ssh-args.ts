/** ssh(1): options that take an argument, and those that do not. */
const WITH_ARGUMENT = 'BbcDEeFIiJLlmOoPpQRSWw';
const WITHOUT_ARGUMENT = '46AaCfGgKkMNnqsTtVvXxYy';
/** They would take our own connection apart: no shell, other streams, forwarding, a shared connection. */
const FORBIDDEN = 'AEfGMNnOQSsTtVWXYy';

/** Arguments that ssh can take from an inventory, or what is wrong with them. */
export function checkSshArgs(args: readonly string[]): { readonly args: string[] } | { readonly wrong: string } {
  const kept: string[] = [];
  let trusting = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    const letter = arg[1] ?? '';
    if (!arg.startsWith('-') || letter === '') return { wrong: `"${arg}" is not an option of ssh` };
    if (FORBIDDEN.includes(letter)) return { wrong: `ssh's option -${letter} cannot be used here` };
    if (WITHOUT_ARGUMENT.includes(letter)) {
      const known = new RegExp(`^-[${WITHOUT_ARGUMENT}]+$`).test(arg);
      if (!known || new RegExp(`[${FORBIDDEN}]`).test(arg))
        return { wrong: `"${arg}": write each option of ssh by itself` };
      kept.push(arg);
      continue;
    }
    if (!WITH_ARGUMENT.includes(letter)) return { wrong: `ssh has no option -${letter}` };
    const value = arg.length > 2 ? arg.slice(2) : args[++at];
    if (value === undefined) return { wrong: `ssh's option -${letter} needs a value` };
    const { off, kept: keeps } = letter === 'o' ? hostKeyCheck(value) : { off: false, kept: true };
    if (keeps) kept.push(`-${letter}`, value);
    trusting ||= off;
  }
  return { args: trusting ? [...kept, '-o', 'StrictHostKeyChecking=accept-new'] : kept };
}

/**
 * Vagrant switches the check of host keys off in two ways. Instead a new host is trusted once and remembered in the
 * known_hosts file that is named there, which may be nowhere, or in the user's own; a changed key is still refused.
 */
function hostKeyCheck(option: string): { readonly off: boolean; readonly kept: boolean } {
  const [, key = '', rest = ''] = /^([A-Za-z]+)\s*(?:=\s*)?(.*)$/s.exec(option.trim()) ?? [];
  const value = rest.replace(/^"|"$/g, '');
  const isOff = key.toLowerCase() === 'stricthostkeychecking' && /^(no|off)$/i.test(value);
  const isNowhere = /^(user|global)knownhostsfile$/i.test(key) && value === '/dev/null';
  return { off: isOff || isNowhere, kept: !isOff };
}
