import type { Judgement, Outcome } from '../task.ts';

/** What is known of a program that goes on by itself, in Ansible's words: its name is that of the folder it writes to. */
export function begun({ rc, stdout, stderr }: Outcome = { rc: 1, stdout: '', stderr: '' }): Judgement {
  const [, path = '', id = ''] = /^(\/\S*\/([0-9a-f-]{36}))\n$/.exec(stdout) ?? [];
  if (rc !== 0 || id === '') return { changed: false, failed: (stderr || stdout).trim() || 'not begun', detail: '' };
  return {
    changed: true,
    detail: 'goes on by itself',
    result: { ansible_job_id: id, started: 1, finished: 0, results_file: path },
  };
}
