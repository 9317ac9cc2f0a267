using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Npgsql;

namespace LakebaseOps.Connections;

/// <summary>Looks at the layers below PostgreSQL itself: name, port, TLS.</summary>
internal sealed class NetworkProbe(NpgsqlConnectionStringBuilder settings)
{
    // The request for TLS that every PostgreSQL server answers with one byte: length 8, code 80877103.
    private static readonly byte[] TlsRequest = [0, 0, 0, 8, 4, 210, 22, 47];
    private IPAddress[] _addresses = [];

    private string Host => (settings.Host ?? "").Trim('[', ']');

    private bool IsSocket => Host.StartsWith('/') || Host.StartsWith('@');

    public async Task<LayerFinding> NameAsync(CancellationToken cancellationToken)
    {
        if (IsSocket)
            return LayerFinding.Passed("A socket on this machine.");
        if (IPAddress.TryParse(Host, out IPAddress? address))
        {
            _addresses = [address];
            return LayerFinding.Passed("An address, no name.");
        }

        _addresses = await Dns.GetHostAddressesAsync(Host, cancellationToken).ConfigureAwait(false);
        return LayerFinding.Passed($"{Host} is {string.Join(", ", _addresses.Select(one => one.ToString()))}.");
    }

    public async Task<LayerFinding> TcpAsync(CancellationToken cancellationToken)
    {
        using Socket socket = await OpenAsync(cancellationToken).ConfigureAwait(false);
        return LayerFinding.Passed($"{socket.RemoteEndPoint} accepts connections.");
    }

    public async Task<LayerFinding> TlsAsync(CancellationToken cancellationToken)
    {
        bool local = ConnectionSettings.IsLocal(Host);
        if (settings.SslMode == SslMode.Disable || IsSocket)
        {
            return local
                ? LayerFinding.Passed("Not used; the connection stays on this machine.")
                : new LayerFinding(CheckStatus.Warning, "Switched off: password and data go over the network in clear.", "Leave -SslMode at VerifyFull.");
        }

        using Socket socket = await OpenAsync(cancellationToken).ConfigureAwait(false);
        NetworkStream plain = new(socket);
        await using (plain.ConfigureAwait(false))
        {
            await plain.WriteAsync(TlsRequest, cancellationToken).ConfigureAwait(false);
            byte[] answer = new byte[1];
            await plain.ReadExactlyAsync(answer, cancellationToken).ConfigureAwait(false);
            if (answer[0] != (byte)'S')
            {
                return settings.SslMode != SslMode.Prefer
                    ? new LayerFinding(CheckStatus.Failed, "The server does not offer TLS.", "Switch TLS on in the server, or use -SslMode Disable on a network you trust.")
                    { ErrorId = ErrorIds.TlsFailed }
                    : local ? LayerFinding.Passed("Not offered; the connection stays on this machine.")
                    : new LayerFinding(CheckStatus.Warning, "Not offered: password and data go over the network in clear.", "Use -SslMode VerifyFull.");
            }

            return await HandshakeAsync(plain, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<LayerFinding> HandshakeAsync(Stream plain, CancellationToken cancellationToken)
    {
        string fault = "";
        SslStream stream = new(plain, leaveInnerStreamOpen: true);
        await using (stream.ConfigureAwait(false))
        {
#pragma warning disable CA5359 // Every certificate is let in, to say what is wrong with it; nothing is sent over this connection.
            SslClientAuthenticationOptions handshake = new()
            {
                TargetHost = Host,
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                {
                    fault = Fault(errors, chain);
                    return true;
                },
            };
#pragma warning restore CA5359
            if (settings.RootCertificate is not null)
            {
                handshake.CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                };
                handshake.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(settings.RootCertificate);
            }

            await stream.AuthenticateAsClientAsync(handshake, cancellationToken).ConfigureAwait(false);
            using X509Certificate2 certificate = new(stream.RemoteCertificate!);
            string detail = string.Create(CultureInfo.InvariantCulture,
                $"{stream.SslProtocol}, certificate {certificate.Subject} until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}");
            return fault.Length > 0 ? Distrusted($"{detail}: {fault}")
                : certificate.NotAfter < DateTime.Now.AddDays(14)
                    ? new LayerFinding(CheckStatus.Warning, $"{detail}.", "Renew the certificate before it expires.")
                : settings.SslMode is SslMode.VerifyFull or SslMode.VerifyCA ? LayerFinding.Passed($"{detail}, verified.")
                : LayerFinding.Passed($"{detail}, good, though {settings.SslMode} would take any.");
        }
    }

    private LayerFinding Distrusted(string detail)
    {
        const string Remedy = "Connect by the name in the certificate, or give its authority with -RootCertificate.";
        bool refused = settings.SslMode == SslMode.VerifyFull
            || settings.SslMode == SslMode.VerifyCA && !detail.EndsWith(NameFault, StringComparison.Ordinal);
        return refused
            ? new LayerFinding(CheckStatus.Failed, detail, Remedy) { ErrorId = ErrorIds.TlsFailed }
            : new LayerFinding(CheckStatus.Warning, $"{detail}; {settings.SslMode} takes it all the same.", Remedy);
    }

    private const string NameFault = "not of this host's name";

    private static string Fault(SslPolicyErrors errors, X509Chain? chain)
    {
        List<string> faults = [];
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            faults.Add("missing");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            faults.AddRange(chain?.ChainStatus.Select(status => status.StatusInformation.Trim().TrimEnd('.')).Distinct() ?? ["not trusted"]);
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            faults.Add(NameFault);
        return string.Join("; ", faults);
    }

    private async Task<Socket> OpenAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(settings.Timeout));
        if (IsSocket)
        {
            string path = Host.StartsWith('@') ? "\0" + Host[1..] : Host;
            Socket local = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            return await ConnectedAsync(local, new UnixDomainSocketEndPoint($"{path}/.s.PGSQL.{settings.Port.ToString(CultureInfo.InvariantCulture)}"), limit.Token)
                .ConfigureAwait(false);
        }

        SocketException? last = null;
        foreach (IPAddress address in _addresses)
        {
            try
            {
                Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                return await ConnectedAsync(socket, new IPEndPoint(address, settings.Port), limit.Token).ConfigureAwait(false);
            }
            catch (SocketException exception)
            {
                last = exception;
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    private static async Task<Socket> ConnectedAsync(Socket socket, EndPoint address, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
