/**
 * Places along the send path where a test may end the process. A function of this type is called at each; nothing that
 * configuration can reach ever arms one.
 */
export type Failpoint =
  | 'lanes-leased'
  | 'lanes-renewed'
  | 'log-read'
  | 'before-decision'
  | 'before-send'
  | 'after-answer'
  | 'own-position'
  | 'before-settle'
  | 'after-settle'
  | 'before-retry'
  | 'unparked'
  | 'caught-up';

export type Reach = (point: Failpoint) => void;
