using System.Net;
using System.Net.Http.Headers;
using LakebaseOps.Loading.Decoding;

namespace LakebaseOps.Dumps.Volumes;

/// <summary>A file of a volume as it is read; where the connection breaks, it goes on behind the last byte that came.</summary>
internal sealed class VolumeStream : ReadStream
{
    private readonly VolumeClient _client;
    private readonly string _file;
    private readonly string _path;
    private readonly long? _length;
    private readonly DateTimeOffset? _modified;
    private HttpResponseMessage _answer;
    private Stream? _body;
    private long _at;
    private int _failures;

    private VolumeStream(VolumeClient client, string file, string path, HttpResponseMessage answer)
    {
        (_client, _file, _path, _answer) = (client, file, path, answer);
        _length = answer.Content.Headers.ContentLength;
        _modified = answer.Content.Headers.LastModified;
    }

    /// <summary>Opens a file.</summary>
    /// <param name="client">Sends the requests.</param>
    /// <param name="file">Its path in the API.</param>
    /// <param name="path">What a person calls it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static async Task<VolumeStream> OpenAsync(VolumeClient client, string file, string path, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer = await client.SendAsync(
            HttpMethod.Get, VolumeClient.File(file), path, [HttpStatusCode.NotFound], cancellationToken, completion: HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.NotFound)
            return new VolumeStream(client, file, path, answer);
        answer.Dispose();
        throw new FileNotFoundException($"'{path}' does not exist.", path);
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Exception broken;
            using (CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
            {
                limit.CancelAfter(WorkspaceHttp.Limit);
                try
                {
                    _body ??= await _answer.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
                    int count = await _body.ReadAsync(buffer, limit.Token).ConfigureAwait(false);
                    if (count > 0 || buffer.IsEmpty || _length is null || _at >= _length)
                    {
                        _at += count;
                        _failures = 0;
                        return count;
                    }

                    broken = new EndOfStreamException($"the answer ended at byte {_at} of {_length}");
                }
                catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
                {
                    broken = exception;
                }
            }

            if (++_failures == VolumeClient.Attempts)
                throw VolumeFault.Of(VolumeException.Broken(broken), _path);
            await _client.PauseAsync(_failures, cancellationToken).ConfigureAwait(false);
            await ReopenAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _answer.Dispose();
        base.Dispose(disposing);
    }

    private async Task ReopenAsync(CancellationToken cancellationToken)
    {
        _answer.Dispose();
        _body = null;
        _answer = await _client.SendAsync(
            HttpMethod.Get, VolumeClient.File(_file), _path, [HttpStatusCode.NotFound, HttpStatusCode.PreconditionFailed, HttpStatusCode.RequestedRangeNotSatisfiable],
            cancellationToken, fill: Rest, completion: HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false);
        // What follows must be the rest of the very file that was begun.
        bool isRest = _at == 0
            ? _answer.StatusCode == HttpStatusCode.OK && _answer.Content.Headers.ContentLength == _length
            : _answer.StatusCode == HttpStatusCode.PartialContent && _answer.Content.Headers.ContentRange is { } range && range.From == _at && (range.Length ?? _length) == _length;
        if (!isRest || (_modified is not null && _answer.Content.Headers.LastModified is { } modified && modified != _modified))
            throw new IOException("it was changed while it was read");
    }

    private void Rest(HttpRequestMessage request)
    {
        if (_at > 0)
            request.Headers.Range = new RangeHeaderValue(_at, null);
        request.Headers.IfUnmodifiedSince = _modified;
    }
}
