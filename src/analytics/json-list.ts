import { AppError } from '../common/errors.js';
import { closingQuote, type Json, JsonTextError, parseJsonText } from '../protocol/json-text.js';
import type { Turns } from './turns.js';

/** Elements are parsed together up to about so many characters. */
const CHUNK = 16 * 1024;

/** No server sends elements anywhere near this long; a longer one would hold up everybody else while it is parsed. */
const LONGEST_ELEMENT = 256 * 1024;

/**
 * The elements of a JSON list that may have tens of thousands of them, a handful at a time, in turns. What is accepted is what
 * `parseJsonText` accepts.
 *
 * @param name the parameter's, for the error
 * @param prepare alters the text of some elements before it is parsed
 * @throws AppError where the text is not JSON, not a list, or holds an element of more than 256 Ki characters
 */
export async function* listElements(
  text: string,
  name: string,
  turns: Turns,
  prepare: (elements: string) => string = (elements) => elements,
): AsyncGenerator<Json[]> {
  const bounds = new ListBounds(text);
  if (!bounds.isList) {
    if (text.length <= LONGEST_ELEMENT) parse(text, name);
    throw new AppError('params.not-of-type', { name, type: 'a list' });
  }
  let first = true;
  while (!bounds.ended) {
    const slice = bounds.next();
    if (slice === 'too-long') throw new AppError('params.too-long', { name, limit: LONGEST_ELEMENT });
    if (slice === undefined) throw notJson(name);
    const elements = parse(`[${prepare(slice)}]`, name) as Json[];
    // Behind a comma stands an element.
    if (elements.length === 0 && !(first && bounds.ended)) throw notJson(name);
    first = false;
    if (elements.length > 0) yield elements;
    await turns.pause();
  }
}

function parse(text: string, name: string): Json {
  try {
    return parseJsonText(text);
  } catch (error) {
    if (error instanceof JsonTextError) throw notJson(name);
    throw error;
  }
}

function notJson(name: string): AppError {
  return new AppError('params.not-json', { name });
}

/** Cuts the text of a list between its elements, looking only at quotes, brackets and commas. */
class ListBounds {
  readonly isList: boolean;
  ended = false;
  private at: number;

  constructor(private readonly text: string) {
    this.at = skipSpace(text, 0);
    this.isList = text[this.at] === '[';
    this.at++;
  }

  /** The text of the next elements; undefined where the list is not well-formed. */
  next(): string | 'too-long' | undefined {
    const { text } = this;
    const start = this.at;
    let depth = 0;
    for (let i = start; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c === 0x22) {
        i = closingQuote(text, i);
        if (i === -1) return undefined;
      } else if (c === 0x5b || c === 0x7b) depth++;
      else if (c === 0x5d || c === 0x7d) {
        if (depth === 0) return this.end(start, i);
        depth--;
      } else if (c === 0x2c && depth === 0 && i - start >= CHUNK) {
        this.at = i + 1;
        return text.slice(start, i);
      }
      if (i - start > LONGEST_ELEMENT + CHUNK) return 'too-long';
    }
    return undefined;
  }

  private end(start: number, bracket: number): string | undefined {
    this.ended = true;
    const { text } = this;
    if (text[bracket] !== ']' || skipSpace(text, bracket + 1) !== text.length) return undefined;
    return text.slice(start, bracket);
  }
}

/** White space of RFC 8259, chapter 2. */
function skipSpace(text: string, from: number): number {
  let i = from;
  while (i < text.length && ' \t\n\r'.includes(text[i] as string)) i++;
  return i;
}
