BeforeAll {
    Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
    Import-TestedModule
    $session = New-TestSession -Name errors
    $server = Get-TestServer
    Invoke-LakebaseQuery -Session $session -Query 'CREATE TABLE orders (id bigint PRIMARY KEY, amount double precision); INSERT INTO orders VALUES (1, 1); CREATE TABLE numbers (id bigint PRIMARY KEY, amount double precision)'

    # The id and the category of the error that a call ends with; nothing when it does not.
    function Get-ErrorOf {
        param([scriptblock] $Call)

        try {
            $null = & $Call
        }
        catch {
            return [pscustomobject]@{
                Id       = $_.FullyQualifiedErrorId.Split(',')[0]
                Category = "$($_.CategoryInfo.Category)"
                Message  = $_.Exception.Message
                Text     = ($_ | Format-List -Property * -Force | Out-String)
            }
        }
    }

    function ConvertTo-CsvFile {
        param([string[]] $Lines)

        $path = Join-Path -Path $TestDrive -ChildPath "$([guid]::NewGuid()).csv"
        [System.IO.File]::WriteAllText($path, ($Lines -join "`n") + "`n")
        $path
    }
}

AfterAll {
    Remove-TestSession -Session $session
}

Describe 'Bad input' {
    It 'wrong password' {
        $secret = ConvertTo-SecureString -String 'not-the-password' -AsPlainText -Force
        $failure = Get-ErrorOf { Connect-Lakebase -HostName $server.Host -Port $server.Port -Username $server.Username -Token $secret -Database postgres -ErrorAction Stop }
        $failure.Id | Should -Be 'LakebaseOps.AuthenticationFailed'
        $failure.Category | Should -Be 'AuthenticationError'
        $failure.Text | Should -Not -Match 'not-the-password'
    }

    It 'unreachable host' {
        $secret = ConvertTo-SecureString -String 'x' -AsPlainText -Force
        $failure = Get-ErrorOf { Connect-Lakebase -HostName 127.0.0.1 -Port 1 -Username nobody -Token $secret -TimeoutSeconds 5 -ErrorAction Stop }
        $failure.Id | Should -Be 'LakebaseOps.ConnectionFailed'
        $failure.Category | Should -Be 'ConnectionError'
    }

    It 'address where no DynamoDB listens' {
        $failure = Get-ErrorOf { Install-LakebaseDynamoDbTable -Session $session -Table orders -ServiceUrl http://127.0.0.1:1 -ErrorAction Stop }
        $failure.Id | Should -Be 'LakebaseOps.DynamoDbFailed'
        $failure.Category | Should -Be 'ConnectionError'
    }

    It 'session that is not open' {
        (Get-ErrorOf { Get-LakebaseTable -Session nowhere -ErrorAction Stop }).Id | Should -Be 'LakebaseOps.SessionNotFound'
    }

    It 'missing file' {
        (Get-ErrorOf { Invoke-LakebaseBulkLoad -Path "$TestDrive/none.csv" -Table orders -ErrorAction Stop }).Id | Should -Be 'LakebaseOps.FileNotFound'
    }

    It 'missing table' {
        (Get-ErrorOf { Get-LakebaseFeature -Table nosuch -Key 1 -ErrorAction Stop }).Id | Should -Be 'LakebaseOps.ObjectNotFound'
    }

    It 'missing table, when asked whether it is sound' {
        (Test-LakebaseTable -Table nosuch).Status | Should -Contain 'Failed'
    }

    It 'broken DDL, with line and column' {
        $failure = Get-ErrorOf { ConvertFrom-LakebaseDdl -InputObject "CREATE TABLE a (id int);`nCREATE TABEL b (id int);" -ErrorAction Stop }
        $failure.Id | Should -Match '^LakebaseOps\.\w*(Ddl|Syntax|Argument)'
        $failure.Message | Should -Match '\b2\b'
    }

    It 'wrong column count' {
        $csv = ConvertTo-CsvFile -Lines 'id,amount', '1,2', '2'
        $failure = Get-ErrorOf { Invoke-LakebaseBulkLoad -Path $csv -Table orders -ErrorAction Stop }
        $failure.Id | Should -Match '^LakebaseOps\.(DataRejected|CsvMalformed|Csv\w+|\w*Data\w*)$'
        $failure.Message | Should -Match '3'
        (Invoke-LakebaseQuery -Session $session -Query 'SELECT count(*)::int AS n FROM orders').n | Should -Be 1
    }

    It 'bad number' {
        $csv = ConvertTo-CsvFile -Lines 'id,amount', '1,2', '2,many'
        $failure = Get-ErrorOf { Invoke-LakebaseBulkLoad -Path $csv -Table numbers -ErrorAction Stop }
        $failure.Category | Should -Be 'InvalidData'
        $failure.Message | Should -Match 'many'
        (Invoke-LakebaseQuery -Session $session -Query 'SELECT count(*)::int AS n FROM numbers').n | Should -Be 0
    }

    It 'another file while a load of the table is unfinished' {
        $failure = Get-ErrorOf { Invoke-LakebaseBulkLoad -Path (ConvertTo-CsvFile -Lines 'id,amount', '7,7') -Table numbers -ErrorAction Stop }
        $failure.Category | Should -Be 'InvalidOperation'
        $failure.Message | Should -Match 'Restart'
    }

    It 'unknown workflow command, with the nearest name' {
        $path = Join-Path -Path $TestDrive -ChildPath typo.json
        '{"steps": [{"name": "load", "command": "Invoke-LakebaseBulkLaod", "parameters": {}}]}' | Set-Content -Path $path
        $failure = Get-ErrorOf { Invoke-LakebaseWorkflow -Path $path -OutputPath "$TestDrive/typo" -ErrorAction Stop }
        $failure.Id | Should -Match '^LakebaseOps\.'
        $failure.Message | Should -Match 'Invoke-LakebaseBulkLoad'
        Test-Path -Path "$TestDrive/typo/run.json" | Should -BeFalse
    }

    It 'output path that cannot be written' {
        $file = Join-Path -Path $TestDrive -ChildPath occupied
        Set-Content -Path $file -Value 'a file, not a folder'
        $failure = Get-ErrorOf { Get-LakebaseTable -Table orders | New-LakebaseSyntheticData -Path "$file/rows" -Rows 10 -ErrorAction Stop }
        $failure.Id | Should -Be 'LakebaseOps.PathNotWritable'
    }

    It 'a statement that the server refuses' {
        $failure = Get-ErrorOf { Invoke-LakebaseQuery -Session $session -Query 'SELEC 1' -ErrorAction Stop }
        $failure.Id | Should -Be 'LakebaseOps.StatementFailed'
        $failure.Message | Should -Match '42601'
    }
}

Describe 'Every error' {
    It 'has an id that the module lists, and leaves the session usable' {
        $ids = [LakebaseOps.ErrorIds].GetFields().ForEach({ $_.GetRawConstantValue() })
        foreach ($record in $Error | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] -and $_.FullyQualifiedErrorId -like 'LakebaseOps.*' }) {
            $record.FullyQualifiedErrorId.Split(',')[0] | Should -BeIn $ids
        }
        (Invoke-LakebaseQuery -Session $session -Query 'SELECT 1 AS one').one | Should -Be 1
    }

    It 'makes a script exit with another code than 0' {
        $run = Invoke-FreshPowerShell -Script "`$ErrorActionPreference = 'Stop'; Import-Module -Name '$(Get-TestedManifest)'; Get-LakebaseTable"
        $run.ExitCode | Should -Not -Be 0
    }
}
