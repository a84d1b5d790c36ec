import type { Command } from 'commander';
import { policyEvaluate } from './policy-evaluate.ts';
import { policyExplain } from './policy-explain.ts';

/** `budstikka policy explain|evaluate`. */
export function addPolicyCommands(program: Command): void {
  const policy = program.command('policy').description('ask the policies who may do what');
  policy
    .command('explain')
    .description('tell a decision, the rule that made it, and what would be needed')
    .requiredOption('--resource <urn>', 'urn:altinn:resource:…')
    .requiredOption(
      '--subject <urn>',
      'who asks: a person, an organisation, a system user or a service owner',
    )
    .requiredOption('--action <name>', 'read, write, subscribe, publish, … as the policy names it')
    .option('--party <urn>', 'on whose behalf; without it, nobody in particular')
    .option('--instance <id>', 'one dialog or other instance of the resource')
    .option('--attribute <id=value...>', 'further attributes of the resource, such as urn:altinn:task=Task_1')
    .option('--level <number>', 'authentication level, 0 to 4', '3')
    .option('--registry <folder>', 'a registry folder; without it, the database')
    .action(policyExplain);
  policy
    .command('evaluate')
    .description('answer a XACML request by one policy')
    .requiredOption('--policy <file>', 'a XACML 3.0 Policy')
    .requiredOption('--request <file>', 'a request in XML or in the JSON profile')
    .action(policyEvaluate);
}
