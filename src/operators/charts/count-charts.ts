import type { SeriesKind } from './chart-range.js';

/** A series of a chart: the counts of a property, or of those of its subgroups that are named. */
export interface CountedSeries {
  readonly name: string;
  /** Where there are no counts of the first one, those of the next. */
  readonly properties: readonly string[];
  readonly subgroups?: readonly string[];
}

/** A chart made from the statistics that servers upload. */
export interface CountChart {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly kind: 'lines' | 'stack';
  readonly values: SeriesKind;
  /** Absent: a series for each subgroup of `property`, the largest ones apart. */
  readonly series?: readonly CountedSeries[];
  readonly property?: string;
}

/** Servers write the subgroups of a yes or no in either way. */
const YES = ['true', 'True'];
const NO = ['false', 'False'];
const BY_KIND = ['messages_sent:message_type:day'];

/** The charts of a server or organization; the subgroups and properties are those of Zulip's own statistics. */
export const COUNT_CHARTS: readonly CountChart[] = [
  {
    name: 'active-users',
    title: 'Active users',
    description: 'Users who were active on the day and within fifteen days, and all accounts.',
    kind: 'lines',
    values: 'state',
    series: [
      { name: 'active on the day', properties: ['1day_actives::day'] },
      { name: 'active within 15 days', properties: ['15day_actives::day', 'realm_active_humans::day'] },
      { name: 'all accounts', properties: ['active_users_audit:is_bot:day'], subgroups: NO },
    ],
  },
  {
    name: 'messages-sent',
    title: 'Messages sent',
    description: 'Messages that people and bots sent.',
    kind: 'stack',
    values: 'flow',
    series: [
      { name: 'people', properties: ['messages_sent:is_bot:hour'], subgroups: NO },
      { name: 'bots', properties: ['messages_sent:is_bot:hour'], subgroups: YES },
    ],
  },
  {
    name: 'messages-by-recipient',
    title: 'Messages sent by recipient',
    description: 'Messages by where they went: channels, or people.',
    kind: 'stack',
    values: 'flow',
    series: [
      { name: 'public channels', properties: BY_KIND, subgroups: ['public_stream'] },
      { name: 'private channels', properties: BY_KIND, subgroups: ['private_stream'] },
      { name: 'direct', properties: BY_KIND, subgroups: ['private_message'] },
      { name: 'group direct', properties: BY_KIND, subgroups: ['huddle_message'] },
    ],
  },
  {
    name: 'messages-by-client',
    title: 'Messages sent by client',
    description:
      'Messages by the program that sent them. Servers tell only their own numbers of programs, not the names.',
    kind: 'stack',
    values: 'flow',
    property: 'messages_sent:client:day',
  },
  {
    name: 'messages-read',
    title: 'Messages read',
    description: 'Messages that were marked as read.',
    kind: 'lines',
    values: 'flow',
    series: [{ name: 'read', properties: ['messages_read::hour'] }],
  },
];

/** All properties that a chart reads. */
export function propertiesOf({ series, property }: CountChart): string[] {
  return [...(property ? [property] : []), ...(series ?? []).flatMap(({ properties }) => properties)];
}
