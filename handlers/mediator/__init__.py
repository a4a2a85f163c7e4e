"""What a mediator can do: take a case, find out, decide with the client, close."""
