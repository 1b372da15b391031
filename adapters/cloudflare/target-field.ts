/** The field of a connection to a pool that says where its requests go. */
export const TARGET_FIELD = 'sluice-target'
