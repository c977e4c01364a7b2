import { graphql } from 'relay-runtime';

graphql`
  query appCallsQuery($first: Int!, $filter: CallFilter) {
    ...app_calls @arguments(first: $first, filter: $filter)
    node(id: "Q2FsbDp4") { ...app_call @alias }
  }
`;
graphql`
  fragment app_calls on Query
  @refetchable(queryName: "appCallsPaginationQuery")
  @argumentDefinitions(first: { type: "Int!" }, after: { type: "String" }, filter: { type: "CallFilter" }) {
    calls(first: $first, after: $after, filter: $filter) @connection(key: "app_calls") {
      edges { node { id ...app_call } }
    }
  }
`;
graphql`
  fragment app_call on Call @refetchable(queryName: "appCallRefetchQuery") {
    callId callStatus durationMs startTimestamp
    agent { id agentName }
    ... on PhoneCall { fromNumber toNumber }
    transcriptWithToolCalls { __typename ... on Utterance { role content } }
  }
`;
graphql`
  mutation appUpdateMutation($input: UpdateCallInput!) {
    updateCall(input: $input) { clientMutationId call { id ...app_call } userErrors { field message code } }
  }
`;
