"""What is said in the sandbox's calls."""

from __future__ import annotations

AGENT = (
    "Thanks for calling, this is Ada, how can I help you today?",
    "Of course, let me have a look at that for you.",
    "Could you tell me the email address that the account is under?",
    "I have {name} here with {email}, is that right?",
    "Great, thank you. One moment while I check what is open.",
    "I can offer Tuesday at ten in the morning or Thursday at half past three.",
    "I am sorry to hear that, and I will make sure that somebody looks into it today.",
    "Your order left the warehouse yesterday and should be with you on Friday.",
    "Just to confirm, the best number to reach you is {phone}, correct?",
    "Perfect.",
    "Would you like me to send you a text message with all of the details once we are done?",
    "Let me read that back to you so that we are sure to have everything right.",
    "The balance on the account is one hundred and twelve dollars and forty cents.",
    "Is there anything else that I can help you with?",
    "That is no problem at all, {name}, these things happen.",
    "Our office is open from eight until six on weekdays, and until noon on Saturdays.",
    "I understand. I will note that down and pass it on to the team.",
    "Have a lovely day, goodbye!",
)

USER = (
    "Hi, yes, I would like to make an appointment please.",
    "Sure.",
    "My name is {name} and I called last week about the same thing.",
    "It is {email}, all in lower case.",
    "Yes, that is right.",
    "No, that one does not work for me, do you have anything later in the week?",
    "Thursday sounds good.",
    "I have been waiting for quite a while now and nobody has called me back.",
    "You can reach me at {phone} any time after five.",
    "Okay, thank you.",
    "Hmm, let me think about it for a second.",
    "Could you say that again? The line is not very good.",
    "How much would that cost me in total, with the fee and everything?",
    "Great, that is all I needed.",
    "No, I think that is it.",
    "Wait, one more thing, can my sister come along as well?",
    "Uh-huh.",
    "Alright, bye.",
)

TARGET = (
    "Hello, this is the back office, I have the caller on the line.",
    "Thanks, I will take it from here.",
)

SUMMARIES = (
    "{name} asked for an appointment; the agent offered two times and booked the later one.",
    "{name} wanted to know where an order is. The agent found it and gave a delivery date.",
    "The caller had a question about a bill and was not content with the answer.",
    "{name} asked to be called back at {phone} in the afternoon.",
)
