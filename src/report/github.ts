import type { Problem } from '../error.ts';
import type { Event } from './events.ts';

/** GitHub's workflow commands: what went wrong as annotations, at its place where it has one. */
export function annotations(event: Event): string[] {
  switch (event.type) {
    case 'task':
      return event.status === 'failed' ? [annotation(`${event.host}: ${event.title}`, event.detail)] : [];
    case 'host':
    case 'problem':
      return [annotationOf(event.problem)];
    default:
      return [];
  }
}

export function annotationOf({ code, message, hint, place }: Problem): string {
  return annotation(code, hint === undefined ? message : `${message}; ${hint}`, place);
}

function annotation(title: string, message: string, place?: Problem['place']): string {
  const at = place ? { file: place.file, line: place.line, col: place.column } : {};
  const properties = Object.entries({ ...at, title }).map(([key, value]) => `${key}=${property(String(value))}`);
  return `::error ${properties.join(',')}::${data(message)}`;
}

/** The escapes that GitHub's own toolkit uses; a raw line break would end the command. */
const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
