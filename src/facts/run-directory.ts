/** Root's alone, and gone with the boot: the lock, what is known of programs, and files for a script's own use. */
export const RUN_DIRECTORY = '/run/netwright';

/** What such files begin with; the number of their process follows, which tells whether anybody still needs them. */
export const OWN_FILES = `${RUN_DIRECTORY}/tmp`;

/**
 * A shell word that makes one, or a directory, and stands for its name; where it fails, for why. Who is not root has
 * his own where everybody has.
 */
export function ownFile(sort: 'file' | 'directory'): string {
  const make = sort === 'directory' ? 'mktemp -d' : 'mktemp';
  const roots = `[ -d ${RUN_DIRECTORY} ] || mkdir -p -m 700 ${RUN_DIRECTORY}; ${make} ${OWN_FILES}.$$.XXXXXX`;
  return `$(if [ -O /proc ]; then ${roots}; else ${make}; fi 2>&1)`;
}

/** Sets `jobs` to the folder where programs that go on by themselves keep what they print. */
export const JOBS = `if [ -O /proc ]; then jobs=${RUN_DIRECTORY}/jobs; else jobs=\${HOME:?}/.netwright/jobs; fi`;
