/** A DNS name in the one normal form: lower case, A-labels, no trailing dot; perhaps `*.` in front. */
export type HostName = string & { readonly __hostName: unique symbol };
