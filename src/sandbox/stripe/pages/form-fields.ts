import type { FormTree } from '../form-encoding.js';
import type { Address } from '../stripe-objects.js';
import { TEST_CARDS, type TestCard, testCard } from '../test-cards.js';

/** Choice of a card; the number is the value. */
export const CARD_FIELD = `<label>Card
<select name="card">
{{#each cards}}<option value="{{number}}">{{number}} - {{label}}</option>
{{/each}}</select></label>`;

/** Name and postal address. */
export const ADDRESS_FIELDS = `<label>Name <input name="name" autocomplete="name" value="{{name}}"></label>
<label>Address <input name="line1" autocomplete="address-line1" value="{{address.line1}}"></label>
<label>City <input name="city" autocomplete="address-level2" value="{{address.city}}"></label>
<label>State <input name="state" autocomplete="address-level1" value="{{address.state}}"></label>
<label>Postal code <input name="postal_code" autocomplete="postal-code" value="{{address.postal_code}}"></label>
<label>Country <input name="country" autocomplete="country" value="{{address.country}}"></label>`;

/** Cards to choose from. */
export const cards = TEST_CARDS;

/** A field's text; empty where it was not sent. */
export function field(form: FormTree, name: string): string {
  const value = form[name];
  return typeof value === 'string' ? value.trim() : '';
}

/** The chosen card, the ordinary one where none was chosen. */
export function chosenCard(form: FormTree): TestCard | undefined {
  const number = field(form, 'card').replaceAll(' ', '');
  return number === '' ? TEST_CARDS[0] : testCard(number);
}

/** The address that was typed; undefined where none was. */
export function typedAddress(form: FormTree): Address | undefined {
  const part = (name: string) => field(form, name) || null;
  const address = {
    city: part('city'),
    country: part('country'),
    line1: part('line1'),
    line2: part('line2'),
    postal_code: part('postal_code'),
    state: part('state'),
  };
  return Object.values(address).some((one) => one !== null) ? address : undefined;
}
