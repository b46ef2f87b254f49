"""Phoenix without its gRPC port, which would be open on every interface. OTLP over HTTP is what the tests use."""

import sys

from phoenix.server.grpc_server import GrpcServer


async def closed(self):
    return None


GrpcServer.__aenter__ = closed

from phoenix.server.main import main  # noqa: E402

sys.argv = ["phoenix", "serve"]
main()
