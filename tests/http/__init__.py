"""Tests of the HTTP client."""  # noqa: A005 - imported as tests.http, never as http
