//! One exchange with the endpoint: send, wait for the head of the answer, tell success from failure.

use std::time::Duration;

use reqwest::{RequestBuilder, Response, header::CONTENT_TYPE};
use tokio::time::{Instant, timeout};

use super::{Shared, client, failure::Failure};
use crate::{ProviderError, Waited, retry};

/// Bytes of an error answer that are looked at.
const ERROR_BODY: usize = 64 << 10;

/// How long an error answer may take to arrive; what came by then is judged.
const ERROR_WAIT: Duration = Duration::from_secs(5);

/// Sends and returns the answer once its head is here with a status of success.
///
/// Logs host, status and time, nothing else.
pub async fn send(shared: &Shared, request: RequestBuilder) -> Result<Response, Failure> {
    let start = Instant::now();
    let request = shared.authorise(request)?;
    let answered = timeout(shared.timing.first_byte, request.send())
        .await
        .map_err(|_| ProviderError::TimedOut(Waited::FirstByte))?;
    let elapsed_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let host = shared.endpoint.host();
    let response = answered.map_err(|error| {
        let error = client::classify(&error);
        tracing::debug!(host, elapsed_ms, %error, "no answer");
        error
    })?;
    tracing::debug!(host, status = response.status().as_u16(), elapsed_ms, "answer");
    match response.status().is_success() {
        true => Ok(response),
        false => Err(refused(response).await),
    }
}

/// The content type of an answer.
pub fn content_type(response: &Response) -> Option<&str> {
    response.headers().get(CONTENT_TYPE)?.to_str().ok()
}

async fn refused(mut response: Response) -> Failure {
    let (status, retry_after) = (response.status().as_u16(), retry::retry_after(response.headers()));
    let mut body = Vec::new();
    let reading = async {
        while let Ok(Some(bytes)) = response.chunk().await {
            body.extend_from_slice(&bytes);
            if body.len() >= ERROR_BODY {
                break;
            }
        }
    };
    // Late or broken, the status alone decides.
    let _ = timeout(ERROR_WAIT, reading).await;
    Failure::of_status(status, retry_after, &body)
}
