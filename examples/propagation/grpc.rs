//! The same question over gRPC. Code that is generated from a `.proto` file looks like this inside.

use std::error::Error;

use axum::routing::post;
use http::Request;
use http::uri::PathAndQuery;
use tonic::body::Body;
use tonic::client::Grpc as Client;
use tonic::server::Grpc;
use tonic::service::Routes;
use tonic::transport::Endpoint;
use tonic::{Response, Status};
use tonic_prost::ProstCodec;
use tower::{Layer as _, service_fn};

use crate::{desk, outgoing};

const METHOD: &str = "/desk.v1.Desk/Ask";

#[derive(Clone, PartialEq, prost::Message)]
struct Text {
    #[prost(string, tag = "1")]
    text: String,
}

/// The call: the client's channel is any tower service.
pub(crate) async fn ask(address: &str) -> Result<String, Box<dyn Error>> {
    let channel = Endpoint::from_shared(format!("http://{address}"))?.connect().await?;
    let mut client = Client::new(outgoing().inject_layer().layer(channel));
    client.ready().await?;
    let question = tonic::Request::new(Text { text: "Where is order 4711?".to_owned() });
    let codec = ProstCodec::<Text, Text>::default();
    let answer = client.unary(question, PathAndQuery::from_static(METHOD), codec).await?;
    Ok(answer.into_inner().text)
}

/// The service.
pub(crate) fn routes() -> Routes {
    let unary = |request: Request<axum::body::Body>| async {
        let answer = service_fn(|_: tonic::Request<Text>| async {
            Ok::<_, Status>(Response::new(Text { text: desk::answer("by gRPC").await }))
        });
        let response = Grpc::new(ProstCodec::<Text, Text>::default()).unary(answer, request).await;
        response.map(|body: Body| axum::body::Body::new(body))
    };
    Routes::from(axum::Router::new().route(METHOD, post(unary)))
}
