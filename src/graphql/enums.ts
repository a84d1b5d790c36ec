import type { GraphQLEnumType } from 'graphql';

/** Enums whose values the rooms below write as REST does: `NotApplicable` where the SDL has `NOT_APPLICABLE`. */
const OF_THE_HOUSE: ReadonlySet<string> = new Set([
  'ActivityType',
  'ActorType',
  'AttachmentUrlConsumer',
  'DialogLookupGrantType',
  'DialogStatus',
  'GuiActionPriority',
  'SystemLabel',
  'TransmissionType',
]);

/** Lets resolvers speak in the house's words, in both directions. Must run before the enum is first used. */
export function teachEnum(type: GraphQLEnumType): void {
  if (!OF_THE_HOUSE.has(type.name)) return;
  for (const value of type.getValues()) value.value = toHouseWord(value.name);
}

function toHouseWord(name: string): string {
  return name.toLowerCase().replaceAll(/(?:^|_)(\w)/g, (_, first: string) => first.toUpperCase());
}
