import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './netwright.ts';
import { run } from './rig/process.ts';

// A kernel of its own (Debian's user-mode-linux) has what this machine's may lack, and boots in a second or two.
const wanted = process.env.NETWRIGHT_UML === '1';

test.runIf(wanted)('VLANs, ipvlan, dummy and netem work on a kernel that has them', { timeout: 280_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'uml-'));
  const init = join(ROOT, 'test/net/uml/init.sh');
  const { stdout } = await run(
    [
      ...['unshare', '--net', 'linux.uml', 'mem=700M', 'root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro'],
      ...['quiet', 'loglevel=1', `init=${init}`, `repository=${ROOT}`, `node=${process.execPath}`],
      ...['con0=fd:0,fd:1', 'con=null', `uml_dir=${directory}`, 'umid=host'],
    ],
    { timeout: 270_000 },
  );
  rmSync(directory, { recursive: true, force: true });
  expect(stdout).toMatch(
    /changed [1-9]\d* {2}failed 0[^\n]*\s+run ended with 0\s[\s\S]*changed 0 {2}failed 0[^\n]*\s+run ended with 0\s/,
  );
  expect(stdout).toMatch(/icmp_seq=2 ttl=64 time=(19[5-9]|[2-9]\d\d)/);
  expect(stdout).toMatch(/20 PVID Egress Untagged[\s\S]*30 PVID Egress Untagged/);
  expect(stdout).toMatch(
    /qdisc netem 7801: root .* delay 200ms {2}5ms[\s\S]*qdisc tbf 7802: parent 7801:1 rate 10Mbit/,
  );
  expect(stdout).toMatch(/destroy ended with 0\s[\s\S]*nothing is left/);
});
